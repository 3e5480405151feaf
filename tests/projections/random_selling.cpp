#include "tests/projections/random_selling.hpp"

#include <utility>

namespace upline::tests {

namespace {

using namespace domain;
using eventstore::Request;

constexpr std::array products{"game", "game", "game", "seats", "seats", "licence", "course", "advice", "token"};

ProductId product(int number) { return {products.at(static_cast<std::size_t>(number) % products.size())}; }

Currency currency(int number) { return {number % 7 == 6 ? "USDT" : "CNY"}; }

/// What orders of one to three units cost, parts of that, and more.
Minor amount(int number) {
  constexpr std::array<std::int64_t, 8> amounts{999, 1998, 999, 1998, 500, 499, 2997, 1};
  return {amounts.at(static_cast<std::size_t>(number) % amounts.size())};
}

Command payment(const SellingSeed& s, Timestamp at) {
  return PayOrder{{fmt::format("y{}", s[1])}, {SellingBooks::order(s[2])}, amount(s[4]), currency(s[5]), "alipay", at};
}

Command paying_back(const SellingSeed& s, Timestamp at) {
  return RefundOrder{.refund = {fmt::format("r{}", s[1] % 25)},
                     .order = {SellingBooks::order(s[2])},
                     .amount = amount(s[4]),
                     .reason = "did not work",
                     .kind = s[5] % 3 == 0 ? RefundKind::chargeback : RefundKind::refund,
                     .revoke_keys = s[5] % 2 == 0,
                     .occurred_at = at};
}

Command stocking(const SellingSeed& s, Timestamp at) {
  const ProductId keyed{s[1] % 3 == 0 ? "seats" : "game"};
  const BatchId batch{fmt::format("b{}", s[3] % 3)};
  switch (s[2] % 4) {
    case 0:
      return ReleaseKeys{keyed, batch, s[4] % 2 == 0 ? std::optional(at + days(s[4] % 5)) : std::nullopt, at};
    case 1:
      return WithdrawKeys{keyed, batch, "not yet", at};
    case 2:
      return RevokeKeys{keyed, batch, "bought with a stolen card", at};
    default:
      return ImportKeys{.product = keyed,
                        .batch = batch,
                        .release = s[4] % 2 == 0,
                        .use_limit = keyed.value == "seats" ? std::uint32_t{2} : 0,
                        .occurred_at = at};
  }
}

std::optional<std::int64_t> limit(int number) {
  return number % 4 == 0 ? std::nullopt : std::optional<std::int64_t>(number % 9 + 1);
}

Command settings(const SellingSeed& s, Timestamp at) {
  switch (s[1] % 6) {
    case 0:
      return RepriceProduct{product(s[2]), s[4] % 5 == 0 ? Minor{0} : amount(s[4]), at};
    case 1:
      return RetireProduct{product(s[2]), "sold out for good", at};
    case 2:
      return RelistProduct{product(s[2]), at};
    case 3:
      return LimitPurchases{product(s[2]), limit(s[3]), at};
    case 4:
      return SetLowStockLevel{product(s[2]), limit(s[3]), at};
    default:
      return AssignPlan{product(s[2]), {s[4] % 2 == 0 ? "standard" : "special"}, at};
  }
}

Command membership(const SellingSeed& s, Timestamp at) {
  const MemberId one{SellingBooks::member(s[1])};
  switch (s[2] % 6) {
    case 0:
      return SuspendMember{one, "reasons", at};
    case 1:
      return ResumeMember{one, at};
    case 2:
      if (s[3] % 8 == 0) return EraseMember{one, "reasons", at};
      return s[3] % 4 == 0 ? Command(CloseMember{one, "reasons", at}) : Command(ResumeMember{one, at});
    default:
      return MoveMember{one, {SellingBooks::member(s[3])}, "asked for it", at};
  }
}

Command command_from(const SellingSeed& s, Timestamp at) {
  const OrderId order{SellingBooks::order(s[2])};
  switch (s[0] % 20) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return PlaceOrder{.order = order,
                        .member = {SellingBooks::member(s[1])},
                        .product = product(s[4]),
                        .quantity = {1 + s[5] % 3},
                        .occurred_at = at};
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
      return payment(s, at);
    case 11:
      return CancelOrder{order, "changed their mind", at};
    case 12:
      return DeliverOrder{.order = order, .occurred_at = at};
    case 13:
    case 14:
      return paying_back(s, at);
    case 15:
      return ReturnPayment{{fmt::format("w{}", s[1] % 25)}, order, amount(s[4]), currency(s[5]), "alipay", at};
    case 16:
      return ReplaceKey{order, 11 + static_cast<std::uint64_t>(s[1] % 9), "used already", at};
    case 17:
      return stocking(s, at);
    case 18:
      return settings(s, at);
    default:
      return membership(s, at);
  }
}

/// Most are dated when they are sent; some days before.
Timestamp dated(const SellingSeed& s, Timestamp now) { return s[3] % 3 == 0 ? now + days(-(s[3] % 5)) : now; }

Request request_from(const SellingSeed& s, Timestamp now, int number) {
  Request request{.command = command_from(s, dated(s, now))};
  if (std::holds_alternative<ImportKeys>(request.command)) {
    request.secrets = secrets_of(fmt::format("more-{}-{}", now.microseconds, number), 1 + s[5] % 3);
  }
  return request;
}

eventstore::HandlerOptions options_with(std::shared_ptr<Timestamp> now) {
  auto options = test_options();
  options.clock = [now = std::move(now)] { return *now; };
  return options;
}

void open_selling_shop(ShopBooks& books) {
  set_up_worked_example(books.shop());
  books.append(DeclareCurrency{{"USDT"}, {6}, may(1)});
  books.append(publish("special", {100}));
  books.append(ChangeReservationPolicy{days(2), 1000, 1000, "as the test needs", may(1)});
  books.append(add_product("seats", Fulfilment::reusable));
  books.append(add_product("advice", Fulfilment::manual));
  books.append(AddProduct{{"token"}, "token", {999}, {"USDT"}, Fulfilment::external, may(1)});
  books.append(WithdrawKeys{{"game"}, {"b1"}, "too many", may(1)});
  books.append(RevokeKeys{{"game"}, {"b1"}, "too many", may(1)});
  books.append(import_keys("game", "b0"), secrets_of("b0", 6));
  auto seats = std::get<ImportKeys>(import_keys("seats", "b0"));
  seats.use_limit = 3;
  books.append(seats, secrets_of("seats", 2));
  std::vector<Command> members;
  for (int i = 0; i < 8; ++i) {
    members.push_back(enrol(SellingBooks::member(i), i % 4 == 0 ? "dave" : SellingBooks::member(i - 1)));
  }
  for (const auto& outcome : books.shop().run_batch(members)) must_append(outcome);
}

}  // namespace

rc::Gen<SellingSteps> any_selling() {
  const auto seed = rc::gen::container<SellingSeed>(rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 60)));
  return rc::gen::resize(30, rc::gen::container<SellingSteps>(rc::gen::container<std::vector<SellingSeed>>(seed)));
}

SellingBooks::SellingBooks(const std::filesystem::path& folder)
    : now_(std::make_shared<Timestamp>(may(2))), books_(folder, options_with(now_)) {
  open_selling_shop(books_);
}

void SellingBooks::run(const std::vector<SellingSeed>& seeds) {
  std::vector<Request> requests;
  for (const auto& seed : seeds) requests.push_back(request_from(seed, *now_, static_cast<int>(requests.size())));
  books_.shop().handler().execute(requests);
  *now_ = *now_ + days(seeds.empty() ? 2 : 1 + seeds.front()[5] % 2);
}

}  // namespace upline::tests
