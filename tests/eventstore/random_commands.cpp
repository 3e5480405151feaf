#include "tests/eventstore/random_commands.hpp"

#include "tests/eventstore/commands.hpp"

#include <optional>
#include <string>
#include <utility>

namespace upline::tests {

namespace {

using namespace domain;
using eventstore::Request;

constexpr int parts_max = 60;

std::string name(const char* prefix, int number, int count) { return prefix + std::to_string(number % count); }

std::string product(int number) {
  constexpr std::array products{"game", "game", "licence", "course", "token-course"};
  if (number == parts_max - 1) return "nothing";
  return products[static_cast<std::size_t>(number) % products.size()];
}

Timestamp some_time(int number) { return may(1 + number % 28); }

Request plain(Command command) { return {std::move(command), {}, "random", {}}; }

Request enrolment(const Seed& s) {
  EnrolMember command{.member = {name("m", s[1], 6)}, .occurred_at = some_time(s[3])};
  if (s[2] % 4 != 0) command.referrer = MemberId{name("m", s[2], 6)};
  return plain(command);
}

Request standing(const Seed& s) {
  const MemberId member{name("m", s[1], 6)};
  if (s[2] % 5 < 2) return plain(SuspendMember{member, "reasons", some_time(s[3])});
  if (s[2] % 5 < 4) return plain(ResumeMember{member, some_time(s[3])});
  if (s[3] % 5 == 0) return plain(EraseMember{member, "reasons", some_time(s[3])});
  return plain(CloseMember{member, "reasons", some_time(s[3])});
}

Request key_list(const Seed& s) {
  Request request = plain(ImportKeys{.product = {product(s[1])},
                                     .batch = {name("b", s[2], 3)},
                                     .release = s[4] % 4 != 0,
                                     .occurred_at = some_time(s[3])});
  for (int i = 0; i < s[5] % 8; ++i) request.secrets.push_back(name("secret-", s[4] + i * (1 + s[1]), 50));
  return request;
}

Request sale(const Seed& s) {
  auto command = std::get<RecordPurchase>(purchase({.order = name("o", s[1], 12),
                                                    .member = name("m", s[2], 6),
                                                    .product = product(s[3]),
                                                    .quantity = 1 + s[4] % 3,
                                                    .amount = 299 * (s[5] % 4),
                                                    .at = some_time(s[3])}));
  return plain(std::move(command));
}

Request paying_back(const Seed& s) {
  constexpr std::array<std::int64_t, 5> amounts{299, 598, 100, 1, 0};
  const auto amount = amounts[static_cast<std::size_t>(s[4]) % amounts.size()];
  return plain(refund(name("r", s[1], 25), name("o", s[2], 12), amount, some_time(s[3])));
}

Request planning(const Seed& s) {
  if (s[1] % 4 == 0) return plain(AssignPlan{{product(s[2])}, {s[3] % 2 == 0 ? "standard" : "tokens"}, may(1)});
  if (s[1] % 4 == 1) return plain(limit_levels(1 + s[2] % 4));
  return plain(publish("standard", {s[2] * 50, s[3] * 50, s[4] * 50}));
}

/// Few, so that what is asked of one order meets what was asked before. Two of them were sold already.
OrderId live_order(int number) { return {name("o", 2 + number % 6, 12)}; }

/// Live orders have no time of their own: they happen when they are recorded.
Request undated(Command command) {
  auto request = plain(std::move(command));
  request.dated = false;
  return request;
}

Request placing(const Seed& s) {
  auto request = undated(PlaceOrder{.order = live_order(s[1]),
                                    .member = {name("m", s[2], 6)},
                                    .product = {product(s[3])},
                                    .quantity = {1 + s[4] % 3}});
  if (s[5] % 2 == 0) request.address = name("address-", s[5], 3);
  return request;
}

Request payment(const Seed& s) {
  constexpr std::array<std::int64_t, 6> amounts{999, 999, 1998, 500, 499, 1};
  return undated(PayOrder{.payment = {name("p", s[1] + s[3], 40)},
                          .order = live_order(s[2]),
                          .amount = {amounts[static_cast<std::size_t>(s[4]) % amounts.size()]},
                          .currency = {s[5] % 12 == 0 ? "USDT" : "CNY"},
                          .channel = "alipay"});
}

Request ending(const Seed& s) {
  const auto order = live_order(s[2]);
  constexpr std::array<std::int64_t, 3> amounts{1, 500, 999};
  switch (s[1] % 4) {
    case 0:
      return undated(CancelOrder{.order = order});
    case 1:
      return undated(DeliverOrder{.order = order});
    case 2:
      return undated(ReplaceKey{.order = order, .key = static_cast<std::uint64_t>(1 + s[3] % 6), .reason = "bad"});
    default:
      return undated(ReturnPayment{.id = {name("back", s[3], 9)},
                                   .order = order,
                                   .amount = {amounts[static_cast<std::size_t>(s[4]) % amounts.size()]},
                                   .currency = {s[5] % 3 == 0 ? "USDT" : "CNY"}});
  }
}

Request taking_back(const Seed& s) {
  constexpr std::array<std::int64_t, 3> amounts{999, 1998, 300};
  return undated(RefundOrder{.refund = {name("r", s[1], 25)},
                             .order = live_order(s[2]),
                             .amount = {amounts[static_cast<std::size_t>(s[3]) % amounts.size()]},
                             .kind = s[4] % 2 == 0 ? RefundKind::refund : RefundKind::chargeback,
                             .revoke_keys = s[5] % 2 == 0});
}

Request moving_keys(const Seed& s) {
  const ProductId key_product{s[1] % 3 == 0 ? "licence" : "game"};
  const BatchId batch{name("b", s[2], 3)};
  switch (s[3] % 4) {
    case 0:
      return undated(ReleaseKeys{.product = key_product, .batch = batch});
    case 1:
      return undated(ReleaseKeys{
          .product = key_product, .batch = batch, .at = may(32) + Duration{s[4] * std::int64_t{300'000'000}}});
    case 2:
      return undated(WithdrawKeys{.product = key_product, .batch = batch, .reason = "to be checked"});
    default:
      return undated(RevokeKeys{.product = key_product, .batch = batch, .reason = "leaked"});
  }
}

Request limited_keys(const Seed& s) {
  auto request = undated(ImportKeys{.product = {"licence"},
                                    .batch = {name("b", s[2], 3)},
                                    .release = s[4] % 3 != 0,
                                    .use_limit = static_cast<std::uint32_t>(1 + s[3] % 3)});
  request.secrets.push_back(name("seat-", s[5], 40));
  return request;
}

Request rule(const Seed& s) {
  const ProductId any{product(s[2])};
  switch (s[1] % 6) {
    case 0:
      return undated(LimitPurchases{any, s[3] % 3 == 0 ? std::nullopt : std::optional<std::int64_t>(s[3] % 4)});
    case 1:
      return undated(RepriceProduct{any, {s[3] % 4 * 333}});
    case 2:
      return s[3] % 2 == 0 ? undated(RetireProduct{.product = any}) : undated(RelistProduct{.product = any});
    case 3:
      return undated(ChangeReservationPolicy{.open_per_buyer = 1 + s[3] % 3, .reason = "rush hour"});
    case 4:
      return undated(
          ChangeReferralPolicy{.binds = s[3] % 2 == 0 ? BindingRule::at_enrolment : BindingRule::at_first_purchase,
                               .link_needs_purchase = s[4] % 4 == 0,
                               .reason = "a trial"});
    default:
      return undated(MoveMember{{name("m", s[2], 6)}, {name("m", s[3], 6)}, "was bound wrongly"});
  }
}

Request live_request(const Seed& seed) {
  switch (seed[0] % 15) {
    case 0:
    case 1:
    case 2:
    case 3:
      return placing(seed);
    case 4:
    case 5:
    case 6:
    case 7:
      return payment(seed);
    case 8:
    case 9:
    case 10:
      return ending(seed);
    case 11:
      return taking_back(seed);
    case 12:
      return moving_keys(seed);
    case 13:
      return limited_keys(seed);
    default:
      return rule(seed);
  }
}

Request unnamed_request(const Seed& seed) {
  if (seed[0] >= parts_max / 2) return live_request(seed);
  switch (seed[0] % 12) {
    case 0:
      return enrolment(seed);
    case 1:
      return plain(bind(name("m", seed[1], 6), name("m", seed[2], 6)));
    case 2:
      return standing(seed);
    case 3:
      return key_list(seed);
    case 4:
      return planning(seed);
    case 5:
    case 6:
    case 7:
      return paying_back(seed);
    default:
      return sale(seed);
  }
}

}  // namespace

rc::Gen<std::vector<Seed>> any_seeds() {
  const auto seed = rc::gen::container<Seed>(rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, parts_max)));
  return rc::gen::scale(2.0, rc::gen::container<std::vector<Seed>>(seed));
}

std::vector<Request> opening_commands() {
  const PublishPlan tokens{{"tokens"}, {FixedRates{{"CNY"}, {{70}, {30}}}, {5000}, days(2)}, may(1)};
  const std::vector<Command> commands{open_shop(),
                                      limit_levels(3),
                                      publish("standard", {1000, 500, 250}),
                                      tokens,
                                      choose_default("standard"),
                                      add_product("game", Fulfilment::key_pool),
                                      add_product("licence", Fulfilment::reusable),
                                      add_product("course", Fulfilment::external),
                                      add_product("token-course", Fulfilment::external),
                                      AssignPlan{{"token-course"}, {"tokens"}, may(1)}};
  std::vector<Request> requests;
  for (const auto& command : commands) requests.push_back(plain(command));
  for (int i = 0; i < 5; ++i) {
    EnrolMember enrolled{.member = {name("m", i, 6)}, .occurred_at = may(1)};
    if (i > 0) enrolled.referrer = MemberId{name("m", i - 1, 6)};
    requests.push_back(plain(enrolled));
  }
  for (const auto* key_product : {"game", "licence"}) {
    requests.push_back(plain(import_keys(key_product, "b0")));
    for (int i = 0; i < 6; ++i) requests.back().secrets.push_back(std::string(key_product) + std::to_string(i));
  }
  for (int i = 0; i < 4; ++i) {
    requests.push_back(
        plain(purchase({.order = name("o", i, 12), .member = "m4", .product = product(i), .amount = 299})));
  }
  return requests;
}

std::vector<Request> orders_that_will_expire() {
  std::vector<Request> requests;
  for (int i = 0; i < 3; ++i) {
    requests.push_back(undated(PlaceOrder{
        .order = live_order(2 + i), .member = {name("m", i, 6)}, .product = {"game"}, .quantity = {1 + i % 2}}));
  }
  return requests;
}

std::vector<Request> sale_of_the_rest() {
  return {plain(purchase({.order = "rest", .member = "m4", .quantity = 4, .at = may(32)}))};
}

Request request_from(const Seed& seed) {
  auto request = unnamed_request(seed);
  if (seed[0] % 5 == 0) request.command_id = name("c", seed[1], 12);
  return request;
}

}  // namespace upline::tests
