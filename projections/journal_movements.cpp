#include "projections/journal_movements.hpp"

#include "projections/packed.hpp"

#include <utility>

namespace upline::projections {

bool MovementRow::goes_on_with(const MovementRow& next) const {
  const auto& added = next.movements.front();
  if (member || next.member) return false;
  if (about != next.about || occurred_at != next.occurred_at) return false;
  if (added.position() > movements.back().position() + 1) return false;
  return !available_at || !next.available_at || *available_at == *next.available_at;
}

std::string pack(const std::vector<Movement>& movements) {
  Packer packer;
  auto before = movements.front().number;
  for (const auto& movement : movements) {
    packer.add(movement.number - before);
    packer.add(static_cast<std::uint64_t>(movement.kind));
    packer.add(movement.debit);
    packer.add(movement.credit);
    packer.add(static_cast<std::uint64_t>(movement.amount.value));
    before = movement.number;
  }
  return packer.bytes();
}

void read(const ReadModelDatabase::Rows& rows, int column, MovementRow& row) {
  row.about = rows.integer(column + 1);
  row.occurred_at = rows.time(column + 2);
  row.available_at.reset();
  if (!rows.is_null(column + 3)) row.available_at = {row.occurred_at.microseconds + rows.integer(column + 3)};
  row.member.reset();
  if (!rows.is_null(column + 4)) row.member = account_at(rows, column + 4);
  row.movements.clear();
  auto number = static_cast<std::uint64_t>(rows.integer(column));
  for (Unpacker unpacker(rows.blob(column + 5).bytes); !unpacker.at_end();) {
    auto& movement = row.movements.emplace_back();
    number += unpacker.next();
    movement.number = number;
    movement.kind = static_cast<TransactionKind>(unpacker.next());
    movement.debit = unpacker.next();
    movement.credit = unpacker.next();
    movement.amount = {static_cast<std::int64_t>(unpacker.next())};
  }
}

constexpr const char* select_last =
    "SELECT number, about, occurred_at, available_in, member, packed FROM movements ORDER BY number DESC LIMIT 1";

void MovementsWriter::load_last() {
  if (std::exchange(is_loaded_, true)) return;
  const auto row = database_.find(select_last);
  if (!row) return;
  read(*row, 0, last_.emplace());
  is_stored_ = true;
}

void MovementsWriter::add(MovementRow next) {
  load_last();
  if (last_ && last_->goes_on_with(next)) {
    last_->movements.push_back(next.movements.front());
    if (next.available_at) last_->available_at = next.available_at;
  } else {
    flush();
    last_ = std::move(next);
    is_stored_ = false;
  }
  is_changed_ = true;
}

constexpr const char* insert_row =
    "INSERT INTO movements (number, about, occurred_at, available_in, member, packed) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr const char* update_row = "UPDATE movements SET available_in = $1, packed = $2 WHERE number = $3";

void MovementsWriter::flush() {
  if (!std::exchange(is_changed_, false)) return;
  const auto& row = *last_;
  const auto packed = pack(row.movements);
  const auto available_in =
      row.available_at ? SqlValue(row.available_at->microseconds - row.occurred_at.microseconds) : SqlValue();
  if (is_stored_) return database_.run_on_one_row(update_row, {available_in, Blob{packed}, row.first()});
  database_.run(insert_row, {row.first(), row.about, row.occurred_at, available_in, row.member, Blob{packed}});
  is_stored_ = true;
}

}  // namespace upline::projections
