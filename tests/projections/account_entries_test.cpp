// Entries of accounts over many sections of the log, packed and not yet packed: what is asked of them is what a plain
// list of them would answer, wherever they were cut into transactions.
#include "projections/account_entries.hpp"

#include "projections/commission_balances.hpp"
#include "projections/compare.hpp"
#include "tests/projections/memory_folder.hpp"

#include <array>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <rapidcheck/catch.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

struct Given {
  std::string member;
  std::string currency;
  std::string order;
  std::uint64_t gap{};  // positions to the entry before
  std::int64_t occurred_at{};
  std::int64_t hold{};
  std::int64_t amount{};  // below 0 for a reversal
  bool cut{};             // a transaction ends behind it
};

RecordedEvent event_of(const Given& given, Position position, Version version) {
  const Timestamp available_at{given.occurred_at + given.hold};
  RecordedEvent event{position, account_stream({given.member}), version, {given.occurred_at}, {given.occurred_at}, {}};
  if (given.amount > 0) {
    event.event = CommissionAccrued{.order = {given.order},
                                    .level = {static_cast<std::uint8_t>(1 + given.amount % 3)},
                                    .plan = {"standard"},
                                    .plan_version = {1},
                                    .rate = {RateKind::basis_points, 1000},
                                    .base = {10 * given.amount},
                                    .amount = {given.amount},
                                    .currency = {given.currency},
                                    .available_at = available_at};
  } else {
    event.event = CommissionReversed{.order = {given.order},
                                     .refund = {"refund-" + given.order},
                                     .level = {1},
                                     .plan = {"standard"},
                                     .amount = {-given.amount},
                                     .currency = {given.currency},
                                     .available_at = available_at};
  }
  return event;
}

std::vector<RecordedEvent> events_of(const std::vector<Given>& all) {
  std::vector<RecordedEvent> events;
  std::map<std::string, std::uint64_t> versions;
  Position position{};
  for (const auto& given : all) {
    position.value += given.gap;
    events.push_back(event_of(given, position, {++versions[given.member]}));
  }
  return events;
}

/// How entries come in: all in one transaction, or in several, each by one who knows nothing or all by the same.
enum class Cut { nowhere, anew, going_on };

void take_in(ReadModelDatabase& database, const std::vector<Given>& all, Cut cut) {
  const auto events = events_of(all);
  std::unique_ptr<Intake> intake;
  for (std::size_t i = 0; i < events.size();) {
    auto transaction = database.begin_write();
    if (!intake || cut == Cut::anew) intake = commission_balances_projection().begin(database);
    bool ends = false;
    for (; i < events.size() && !ends; ++i) {
      intake->apply(events[i]);
      ends = cut != Cut::nowhere && all[i].cut;
    }
    intake->flush();
    transaction.commit();
  }
}

struct Fed {
  explicit Fed(const std::vector<Given>& all, Cut cut = Cut::anew) { take_in(database, all, cut); }

  MemoryFolder folder;
  ReadModelDatabase database{folder.path() / "views" / "balances.db", "commission_balances"};
  CommissionBalances balances{database};
};

rc::Gen<Given> any_given() {
  const auto time = rc::gen::inRange<std::int64_t>(1'700'000'000'000'000, 1'700'000'000'000'100);
  return rc::gen::build<Given>(
      rc::gen::set(&Given::member, rc::gen::element<std::string>("alice", "bob")),
      rc::gen::set(&Given::currency, rc::gen::element<std::string>("CNY", "USDT")),
      rc::gen::set(&Given::order, rc::gen::element<std::string>("o1", "01890a5d-ac96-774b-bcce-b302099a8057")),
      rc::gen::set(&Given::gap, rc::gen::element<std::uint64_t>(1, 2, 5'000, section_positions, 50'000)),
      rc::gen::set(&Given::occurred_at, time), rc::gen::set(&Given::hold, rc::gen::element<std::int64_t>(0, 7, 60)),
      rc::gen::set(&Given::amount, rc::gen::element<std::int64_t>(-300, -1, 1, 2, 99, 1'000'000)),
      rc::gen::set(&Given::cut, rc::gen::arbitrary<bool>()));
}

AsOf any_moment(const std::vector<RecordedEvent>& events) {
  const Timestamp time{*rc::gen::inRange<std::int64_t>(1'700'000'000'000'000, 1'700'000'000'000'200)};
  if (events.empty() || *rc::gen::arbitrary<bool>()) return {.time = time};
  const auto which = *rc::gen::inRange<std::size_t>(0, events.size());
  return {.position = events[which].position, .time = time, .occurred_until = timestamp_max};
}

using Place = std::pair<std::string, std::uint64_t>;  // currency, position

/// What a plain list answers, by currency, then position.
std::map<Place, std::pair<Given, RecordedEvent>> plain(const std::vector<Given>& all, const AsOf& as_of,
                                                       const std::string& member) {
  const auto events = events_of(all);
  std::map<Place, std::pair<Given, RecordedEvent>> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].member != member || !as_of.counts(events[i].position, events[i].occurred_at)) continue;
    found.emplace(Place(all[i].currency, events[i].position.value), std::pair(all[i], events[i]));
  }
  return found;
}

std::string told(std::string_view currency, Position position, Version version, Minor amount, Timestamp at,
                 Timestamp available_at, std::string_view order, std::string_view refund) {
  return fmt::format("{} {} {} {} {} {} {} {}", currency, position.value, version.value, amount.value, at.microseconds,
                     available_at.microseconds, order, refund);
}

}  // namespace

TEST_CASE("entries of any sections are told as a plain list of them would be", "[balances]") {
  rc::prop("any entries, moment and page", [] {
    const auto all = *rc::gen::container<std::vector<Given>>(any_given());
    Fed fed(all);
    const auto as_of = any_moment(events_of(all));
    for (const std::string member : {"alice", "bob"}) {
      const auto expected = plain(all, as_of, member);
      EntryPage page{.limit = *rc::gen::inRange<std::size_t>(0, 5)};
      if (!expected.empty() && *rc::gen::arbitrary<bool>()) {
        const auto which = *rc::gen::inRange<std::size_t>(0, expected.size());
        const auto& [currency, position] = std::next(expected.begin(), static_cast<std::ptrdiff_t>(which))->first;
        page.after_currency = currency;
        page.after_position = {position};
      }
      std::vector<std::string> lines;
      for (const auto& [place, entry] : expected) {
        const auto& [given, event] = entry;
        if (place <= Place(page.after_currency, page.after_position.value)) continue;
        if (page.limit != 0 && lines.size() == page.limit) break;
        lines.push_back(told(given.currency, event.position, event.version, {given.amount}, event.occurred_at,
                             {given.occurred_at + given.hold}, given.order,
                             given.amount < 0 ? "refund-" + given.order : ""));
      }
      std::vector<std::string> found;
      fed.balances.entries(as_of, {member}, page, [&](const Entry& e) {
        RC_ASSERT((e.kind == EntryKind::accrual) == e.terms.has_value());
        if (e.terms) RC_ASSERT(e.terms->base == Minor{10 * e.amount.value});
        found.push_back(
            told(e.currency, e.position, e.version, e.amount, e.occurred_at, e.available_at, e.order, e.refund));
      });
      RC_ASSERT(found == lines);
    }
  });
}

TEST_CASE("balances over any sections are the sums of a plain list", "[balances]") {
  rc::prop("any entries and moment", [] {
    const auto all = *rc::gen::container<std::vector<Given>>(any_given());
    Fed fed(all);
    const auto as_of = any_moment(events_of(all));
    std::map<std::pair<std::string, std::string>, std::array<std::int64_t, 4>> expected;
    for (const std::string member : {"alice", "bob"}) {
      for (const auto& [place, entry] : plain(all, as_of, member)) {
        const auto& given = entry.first;
        auto& [earned, reversed, pending, available] = expected[{member, given.currency}];
        (given.amount > 0 ? earned : reversed) += std::abs(given.amount);
        (given.occurred_at + given.hold > as_of.time.microseconds ? pending : available) += given.amount;
      }
    }
    decltype(expected) found;
    fed.balances.balances(as_of, [&](const Balance& b) {
      found[{std::string(b.member), std::string(b.currency)}] = {b.earned.value, b.reversed.value, b.pending.value,
                                                                 b.available.value};
    });
    RC_ASSERT(found == expected);
  });
}

TEST_CASE("the rows do not depend on where transactions end", "[balances]") {
  rc::prop("any entries, cut anywhere", [] {
    const auto all = *rc::gen::container<std::vector<Given>>(any_given());
    Fed at_once(all, Cut::nowhere);
    for (const auto cut : {Cut::anew, Cut::going_on}) {
      Fed in_parts(all, cut);
      RC_ASSERT(differences(commission_balances_projection(), in_parts.database, at_once.database).empty());
    }
  });
}

TEST_CASE("accounts are told apart, however many share a row", "[balances]") {
  constexpr std::int64_t members = 700;
  std::vector<Given> all;
  std::map<std::string, std::vector<std::int64_t>> expected;
  for (std::int64_t round = 0; round < 4; ++round) {
    for (std::int64_t i = 0; i < members; ++i) {
      if ((i + round) % 3 == 0) continue;
      const auto amount = 1 + round * members + i;
      all.push_back({.member = fmt::format("m{}", i),
                     .currency = "CNY",
                     .order = "o1",
                     .gap = all.empty() || i > 1 ? 1 : section_positions - members,
                     .amount = amount,
                     .cut = i % 100 == 0});
      expected[all.back().member].push_back(amount);
    }
  }
  Fed fed(all, GENERATE(Cut::nowhere, Cut::anew, Cut::going_on));
  REQUIRE(fed.database.find("SELECT COUNT(*) > 10 FROM blocks").value().integer(0) == 1);
  REQUIRE(fed.database.find("SELECT COUNT(*) FROM heads").value().integer(0) == 3);
  std::size_t told_of = 0;
  fed.balances.balances({}, [&](const Balance& balance) {
    const auto& amounts = expected.at(std::string(balance.member));
    REQUIRE(balance.earned == Minor{std::accumulate(amounts.begin(), amounts.end(), std::int64_t{})});
    ++told_of;
  });
  CHECK(told_of == members);
  for (const auto& [member, amounts] : expected) {
    std::vector<std::int64_t> found;
    fed.balances.entries({}, {member}, {}, [&](const Entry& entry) { found.push_back(entry.amount.value); });
    REQUIRE(found == amounts);
  }
}

TEST_CASE("a section that the log has left is in blocks, and the newest is not", "[balances]") {
  const auto entry = [](std::uint64_t gap) {
    return Given{.member = "alice", .currency = "CNY", .order = "o1", .gap = gap, .amount = 5};
  };
  Fed fed({entry(1), entry(1), entry(section_positions), entry(1)}, Cut::nowhere);
  const auto count = [&](const char* sql) { return fed.database.find(sql).value().integer(0); };
  CHECK(count("SELECT COUNT(*) FROM blocks") == 1);
  CHECK(count("SELECT COUNT(*) FROM newest") == 1);
  CHECK(count("SELECT number FROM newest") == static_cast<std::int64_t>(section_positions) / 1024);
}
