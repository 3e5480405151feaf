#include "tests/eventstore/random_commands.hpp"

#include "tests/eventstore/commands.hpp"

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

Request unnamed_request(const Seed& seed) {
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
  return rc::gen::container<std::vector<Seed>>(
      rc::gen::container<Seed>(rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, parts_max))));
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

Request request_from(const Seed& seed) {
  auto request = unnamed_request(seed);
  if (seed[0] % 5 == 0) request.command_id = name("c", seed[1], 12);
  return request;
}

}  // namespace upline::tests
