// Whatever is done to a shop, its read models say what the log says: at every position and time, caught up step by step
// or rebuilt.
#include "tests/projections/memory_folder.hpp"
#include "tests/projections/random_selling.hpp"
#include "tests/projections/said_by_the_log.hpp"
#include "tests/projections/shop_books.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

/// What a command is made of, in numbers that rapidcheck makes smaller.
using Seed = std::array<int, 5>;

const auto any_seeds = [] {
  return rc::gen::container<std::vector<Seed>>(rc::gen::container<Seed>(rc::gen::inRange(0, 60)));
};

Timestamp some_time(int number) { return may(1 + number % 28, number % 24); }

std::string member(int number) { return fmt::format("m{}", number % 8); }

Command membership(const Seed& s) {
  const MemberId one{member(s[1])};
  switch (s[2] % 8) {
    case 0:
      return SuspendMember{one, "reasons", some_time(s[3])};
    case 1:
      return ResumeMember{one, some_time(s[3])};
    case 2:
      return CloseMember{one, "reasons", some_time(s[3])};
    case 3:
    case 4:
    case 5:
      return BindReferrer{{member(5 + s[1] % 3)}, {member(s[4])}, some_time(s[3])};
    default: {
      EnrolMember command{.member = one, .occurred_at = some_time(s[3])};
      if (s[4] % 3 != 0) command.referrer = MemberId{member(s[4])};
      return command;
    }
  }
}

Command sale(const Seed& s) {
  constexpr std::array products{"game", "game", "licence", "course", "token"};
  const std::string product = products[static_cast<std::size_t>(s[2]) % products.size()];
  return RecordPurchase{{fmt::format("o{}", s[1] % 20)},
                        {member(s[3])},
                        {product},
                        {1 + s[2] % 2},
                        {s[4] * 333},
                        {product == "token" ? "USDT" : "CNY"},
                        "alipay",
                        some_time(s[3] + s[4])};
}

Command paying_back(const Seed& s) {
  return refund(fmt::format("r{}", s[1]), fmt::format("o{}", s[2] % 20), 1 + s[4] * 100, some_time(s[3]));
}

Command planning(const Seed& s) {
  const std::string plan = s[4] % 2 == 0 ? "standard" : "special";
  if (s[4] % 3 == 0) return publish(plan, {s[1] * 10, s[2] * 10, s[3] * 10});
  return AssignPlan{{s[1] % 2 == 0 ? "course" : "game"}, {plan}, some_time(s[3])};
}

upline::eventstore::Request request_from(const Seed& s) {
  if (s[0] % 8 < 2) return {.command = membership(s)};
  if (s[0] % 8 < 4) return {.command = paying_back(s)};
  if (s[0] % 16 == 4) {
    const auto batch = fmt::format("b{}", s[1]);
    return {.command = import_keys("game", batch, s[2] % 2 == 0), .secrets = secrets_of(batch, 1 + s[3] % 5)};
  }
  if (s[0] % 16 == 12) return {.command = planning(s)};
  return {.command = sale(s)};
}

void run(ShopBooks& books, const std::vector<Seed>& seeds) {
  std::vector<upline::eventstore::Request> requests;
  for (const auto& seed : seeds) requests.push_back(request_from(seed));
  books.shop().handler().execute(requests);
}

void open_shop_with_tokens(ShopBooks& books) {
  set_up_worked_example(books.shop());
  books.append(DeclareCurrency{{"USDT"}, {6}, may(1)});
  books.append(publish("special", {100}));
  books.append(AddProduct{{"token"}, "token", {1}, {"USDT"}, Fulfilment::external, may(1)});
  std::vector<Command> commands;
  for (int i = 0; i < 5; ++i) commands.push_back(enrol(member(i), i == 0 ? "dave" : member(i - 1)));
  for (int i = 5; i < 7; ++i) commands.push_back(enrol(member(i)));
  for (int i = 0; i < 3; ++i) {
    commands.push_back(purchase({.order = fmt::format("o{}", i), .member = member(4), .product = "course"}));
  }
  for (const auto& outcome : books.shop().run_batch(commands)) must_append(outcome);
}

void check_cards(ReadModels& models, const Events& events, const AsOf& as_of) {
  const auto said = cards_said_by(events, as_of);
  for (int i = 0; i < 9; ++i) {
    const auto card = said.find(member(i));
    RC_ASSERT(text_of(models.tree().member(as_of, {member(i)})) == (card == said.end() ? "no member" : card->second));
  }
}

void check_orders(ReadModels& models, const Events& events, const AsOf& as_of) {
  const auto said = orders_said_by(events, as_of);
  std::map<std::string, std::map<Position, std::string>> of_members;
  for (const auto& [order, expected] : said) of_members[expected.line.member.value][expected.line.position] = order;
  for (int i = 0; i < 20; ++i) {
    for (const auto* prefix : {"o", "p"}) {
      const auto order = fmt::format("{}{}", prefix, i);
      const auto expected = said.find(order);
      RC_ASSERT(order_with_money(models, as_of, {order}) ==
                (expected == said.end() ? Lines{} : expected->second.text()));
    }
  }
  for (int i = 0; i < 8; ++i) {
    Lines lines;
    for (const auto& [position, order] : of_members[member(i)]) lines.push_back(said.at(order).text().front());
    RC_ASSERT(orders_of_member(models, as_of, {member(i)}) == lines);
  }
}

using SaidOrders = std::map<std::string, SaidOrder>;

/// What any list must show: the orders that fit, in the order of their placing.
Lines listed_of(const SaidOrders& said, const OrderFilter& filter) {
  std::map<Position, std::string> found;
  for (const auto& [id, order] : said) {
    const auto& line = order.line;
    const bool fits = (!filter.state || line.state == *filter.state) &&
                      (!filter.member || line.member == *filter.member) &&
                      (!filter.product || line.product == *filter.product);
    if (fits) found[line.position] = id;
  }
  Lines lines;
  for (const auto& [position, id] : found) lines.push_back(id);
  return lines;
}

/// The same list, page after page.
Lines listed_in_pages(ReadModels& models, const AsOf& as_of, const OrderFilter& filter, bool newest_first) {
  Lines lines;
  OrderPage page{.limit = 2, .newest_first = newest_first};
  for (std::size_t before = 1; before != lines.size();) {
    before = lines.size();
    models.orders().list(as_of, filter, page, [&](const OrderLine& o) {
      lines.push_back(o.order.value);
      page.after = o.position;
    });
  }
  return lines;
}

void check_lists(ReadModels& models, const SaidOrders& said, const AsOf& as_of) {
  std::vector<OrderFilter> filters{{}, {.product = ProductId{"game"}}, {.member = MemberId{"m1"}}};
  for (const auto* state : {"placed", "underpaid", "expired", "cancelled", "paid", "awaiting_stock", "delivered",
                            "partially_refunded", "refunded"}) {
    filters.push_back({.state = state});
    filters.push_back({.state = state, .member = MemberId{"m2"}});
    filters.push_back({.state = state, .product = ProductId{"seats"}});
  }
  for (const auto& filter : filters) {
    auto expected = listed_of(said, filter);
    RC_ASSERT(listed(models, as_of, filter) == expected);
    RC_ASSERT(listed_in_pages(models, as_of, filter, false) == expected);
    std::ranges::reverse(expected);
    RC_ASSERT(listed(models, as_of, filter, {.newest_first = true}) == expected);
    RC_ASSERT(listed_in_pages(models, as_of, filter, true) == expected);
  }
}

void check_liabilities(ReadModels& models, const SaidOrders& said, const AsOf& as_of) {
  std::map<Position, Lines> owed;
  for (const auto& [id, order] : said) owed[order.line.position] = order.owed();
  Lines expected;
  for (const auto& [position, lines] : owed) expected.insert(expected.end(), lines.begin(), lines.end());
  RC_ASSERT(liabilities(models, as_of) == expected);
}

/// What the domain itself thinks of its orders where all these events count.
void check_domain_agrees(const SaidOrders& said, const Events& known) {
  for (const auto& [id, order] : said) {
    const auto in_domain = order_in_domain(known, id);
    RC_ASSERT(order.line.state == state_name(in_domain));
    for (const auto& [currency, sum] : order.received) {
      const auto owed = currency == order.line.currency.code ? order.line.owed_back : Minor{sum};
      RC_ASSERT(owed == owed_back(in_domain, {currency}));
    }
  }
}

void check_shop(ReadModels& models, const Events& known, const AsOf& as_of) {
  const SaidShop shop(known);
  RC_ASSERT(stock(models, as_of) == stock_said_by(shop));
  RC_ASSERT(products(models, as_of) == products_said_by(shop));
  RC_ASSERT(scheduled_releases(models, as_of) == releases_said_by(shop));
}

Events first_of(const Events& events, Position position) {
  return {events.begin(), events.begin() + static_cast<std::ptrdiff_t>(position.value)};
}

/// The totals are the sums over the lists.
void check_totals(ReadModels& models) {
  const auto totals = models.totals().totals();
  std::map<std::string, std::uint64_t> by_state;
  models.orders().list({}, {}, {}, [&](const OrderLine& o) { ++by_state[o.state]; });
  RC_ASSERT(totals.orders_by_state == by_state);
  auto sums = models.orders().liability_sums({});
  std::erase_if(sums, [](const auto& sum) { return sum.second == LiabilitySum{}; });
  RC_ASSERT(totals.liabilities == sums);
}

}  // namespace

TEST_CASE("read models that followed step by step are those of a rebuild", "[projecting][property]") {
  rc::prop("any history, caught up at any steps", [] {
    const MemoryFolder folder;
    ShopBooks books(folder.path());
    open_shop_with_tokens(books);
    for (const auto& step : *rc::gen::container<std::vector<std::vector<Seed>>>(5, any_seeds())) {
      run(books, step);
      books.models().catch_up();
    }
    RC_ASSERT(differences(books.models()).empty());
    books.models().rebuild();
    RC_ASSERT(differences(books.models()).empty());
  });
}

TEST_CASE("read models answer for any moment as the log does", "[projecting][property]") {
  rc::prop("any history, asked as of any time and position", [] {
    const MemoryFolder folder;
    ShopBooks books(folder.path());
    open_shop_with_tokens(books);
    run(books, *any_seeds());
    auto& models = books.now();
    const auto events = all_events(books.store());
    RC_ASSERT(stock(models) == stock_said_by(SaidShop(events)));
    RC_ASSERT(stock(models, AsOf{}) == stock(models));
    RC_ASSERT(plans(models, AsOf{}) == plans(models));
    for (int i = 0; i < 5; ++i) {
      const Position position{*rc::gen::inRange<std::uint64_t>(0, books.head().value + 1)};
      const auto time = some_time(*rc::gen::inRange(0, 28 * 24));
      for (const auto& as_of : {models.as_of(position), at(time), AsOf{.position = position, .time = time}}) {
        RC_ASSERT(balances(models, as_of) == balances_said_by(events, as_of));
        RC_ASSERT(tree(models, as_of) == tree_said_by(events, as_of));
        RC_ASSERT(plans(models, as_of) == plans_said_by(events, as_of));
        check_cards(models, events, as_of);
        check_orders(models, events, as_of);
      }
      check_shop(models, first_of(events, position), models.as_of(position));
    }
  });
}

TEST_CASE("read models that followed live selling step by step are those of a rebuild", "[projecting][property]") {
  rc::prop("any selling, caught up at any steps", [] {
    const MemoryFolder folder;
    SellingBooks shop(folder.path());
    for (const auto& step : *any_selling()) {
      shop.run(step);
      shop.models().catch_up();
    }
    RC_ASSERT(differences(shop.models()).empty());
    check_totals(shop.models());
  });
}

TEST_CASE("read models answer for any moment of live selling as the log does", "[projecting][property]") {
  rc::prop("any selling, asked as of any time and position", [] {
    const MemoryFolder folder;
    SellingBooks shop(folder.path());
    shop.run(*any_selling());
    auto& models = shop.books().now();
    const auto events = all_events(shop.books().store());
    check_shop(models, events, {});
    RC_ASSERT(stock(models) == stock(models, AsOf{}));
    RC_ASSERT(products(models) == products(models, AsOf{}));
    for (int i = 0; i < 5; ++i) {
      const Position position{*rc::gen::inRange<std::uint64_t>(0, shop.books().head().value + 1)};
      const auto time = may(1, *rc::gen::inRange(0, 40 * 24));
      for (const auto& as_of : {AsOf{}, models.as_of(position), at(time), AsOf{.position = position, .time = time}}) {
        const auto said = orders_said_by(events, as_of);
        RC_ASSERT(balances(models, as_of) == balances_said_by(events, as_of));
        RC_ASSERT(tree(models, as_of) == tree_said_by(events, as_of));
        check_cards(models, events, as_of);
        check_orders(models, events, as_of);
        check_lists(models, said, as_of);
        check_liabilities(models, said, as_of);
      }
      const auto known = first_of(events, position);
      check_shop(models, known, models.as_of(position));
      check_domain_agrees(orders_said_by(known, {}), known);
    }
  });
}

TEST_CASE("earned less reversed is pending and available, at every position and for every member",
          "[balances][property]") {
  rc::prop("any history", [] {
    const MemoryFolder folder;
    ShopBooks books(folder.path());
    open_shop_with_tokens(books);
    run(books, *any_seeds());
    auto& models = books.now();
    for (std::uint64_t position = 0; position <= books.head().value; ++position) {
      models.balances().balances(models.as_of({position}), [](const Balance& b) {
        RC_ASSERT(b.earned.value - b.reversed.value ==
                  b.pending.value + b.available.value + b.scheduled.value + b.paid.value);
        RC_ASSERT(b.reversed <= b.earned);
      });
    }
    const auto totals = models.totals().totals();
    std::map<std::string, CurrencyTotals> summed;
    models.balances().balances({}, [&](const Balance& b) {
      summed[std::string(b.currency)].earned.value += b.earned.value;
      summed[std::string(b.currency)].reversed.value += b.reversed.value;
    });
    models.orders().volumes({}, [&](const Volume& v) {
      summed[std::string(v.currency)].sales.value += v.sales.value;
      summed[std::string(v.currency)].refunded.value += v.refunded.value;
    });
    RC_ASSERT(totals.by_currency.size() == summed.size());
    for (const auto& [currency, t] : totals.by_currency) {
      const auto& sum = summed[currency.code];
      RC_ASSERT(t.earned == sum.earned);
      RC_ASSERT(t.reversed == sum.reversed);
      RC_ASSERT(t.sales == sum.sales);
      RC_ASSERT(t.refunded == sum.refunded);
    }
  });
}
