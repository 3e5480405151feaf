// Which movements share a row of the journal.
#include "projections/journal_movements.hpp"

#include "projections/compare.hpp"
#include "tests/projections/memory_folder.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

using namespace upline::projections;
using namespace upline::tests;
using namespace upline::domain;

namespace {

MovementRow moved(std::uint64_t position, TransactionKind kind) {
  MovementRow row{.about = 1, .occurred_at = {100}};
  row.movements = {{.number = position * movements_per_event, .kind = kind, .debit = 1, .credit = 2, .amount = {5}}};
  if (row.movements.front().is_commission()) row.available_at = Timestamp{200};
  return row;
}

MovementRow any_moved(std::uint64_t position) {
  auto row = moved(position, *rc::gen::element(TransactionKind::payment, TransactionKind::commission,
                                               TransactionKind::commission_reversed, TransactionKind::payout_paid));
  row.about = *rc::gen::element(1, 2);
  row.occurred_at = {*rc::gen::element(100, 300)};
  if (row.available_at) row.available_at = Timestamp{*rc::gen::element(100, 200)};
  if (row.movements.front().kind == TransactionKind::payout_paid) row.member = 7;
  row.movements.front().amount = {*rc::gen::element<std::int64_t>(1, 99, INT64_MAX)};
  row.movements.front().credit = *rc::gen::element<std::size_t>(2, 300'000);
  return row;
}

/// Every movement, with what its row says of it.
std::vector<MovementRow> one_by_one(const std::vector<MovementRow>& rows) {
  std::vector<MovementRow> all;
  for (const auto& row : rows) {
    for (const auto& movement : row.movements) {
      auto& one = all.emplace_back(row);
      one.movements = {movement};
      if (!movement.is_commission()) one.available_at.reset();
    }
  }
  return all;
}

std::vector<MovementRow> stored(ReadModelDatabase& database) {
  std::vector<MovementRow> all;
  auto rows = database.query("SELECT number, about, occurred_at, available_in, member, packed FROM movements");
  while (rows.next()) read(rows, 0, all.emplace_back());
  return all;
}

bool same(const MovementRow& a, const MovementRow& b) {
  return a.about == b.about && a.occurred_at == b.occurred_at && a.available_at == b.available_at &&
         a.member == b.member && a.movements == b.movements;
}

bool same(const std::vector<MovementRow>& a, const std::vector<MovementRow>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
}

struct File {
  MemoryFolder folder;
  ReadModelDatabase database{folder.path() / "views" / "journal.db", "journal"};
};

}  // namespace

TEST_CASE("an order's payment, delivery and commissions share a row, and the next order's do not", "[journal]") {
  File file;
  MovementsWriter writer(file.database);
  writer.add(moved(11, TransactionKind::payment));
  writer.add(moved(12, TransactionKind::delivery));
  writer.add(moved(14, TransactionKind::commission));
  auto next_order = moved(15, TransactionKind::payment);
  next_order.about = 2;
  writer.add(std::move(next_order));
  writer.flush();
  const auto rows = stored(file.database);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].movements.size() == 2);
  CHECK(rows[1].available_at == Timestamp{200});  // an event lies between: a row of its own
  CHECK(rows[2].about == 2);
}

TEST_CASE("movements come out as they went in, and their rows do not depend on transactions", "[journal]") {
  rc::prop("any movements, cut anywhere", [] {
    File in_parts;
    File at_once;
    std::vector<MovementRow> all;
    MovementsWriter whole(at_once.database);
    std::optional<MovementsWriter> part;
    const auto count = *rc::gen::inRange<std::uint64_t>(0, 30);
    for (std::uint64_t position = 1; all.size() < count; position += *rc::gen::element<std::uint64_t>(1, 1, 1, 2)) {
      all.push_back(any_moved(position));
      whole.add(all.back());
      if (!part) part.emplace(in_parts.database);
      part->add(all.back());
      if (!*rc::gen::arbitrary<bool>()) continue;
      part->flush();
      part.reset();
    }
    whole.flush();
    if (part) part->flush();
    RC_ASSERT(same(one_by_one(stored(at_once.database)), all));
    RC_ASSERT(differences(journal_projection(), in_parts.database, at_once.database).empty());
  });
}
