#include "projections/names.hpp"

#include <fmt/format.h>

namespace upline::projections {

namespace {

/// Enough for what is named again and again: products, currencies, who buys much.
constexpr std::size_t cached_names = 4096;

}  // namespace

constexpr const char* select_number = "SELECT number FROM names WHERE name = $1";

std::optional<std::int64_t> find_name(ReadModelDatabase& database, std::string_view name) {
  const auto row = database.find(select_number, {name});
  return row ? std::optional(row->integer(0)) : std::nullopt;
}

constexpr KnownNumbers::Statements known_names{.last = "SELECT COALESCE(MAX(number), 0) FROM names",
                                               .all = "SELECT name, number FROM names ORDER BY number"};
constexpr const char* insert_name = "INSERT INTO names (number, name) VALUES ($1, $2)";

NumbersOfNames::NumbersOfNames(ReadModelDatabase& database) : database_(database), numbers_(database, known_names) {}

std::int64_t NumbersOfNames::of(const std::string& name) {
  if (const auto known = numbers_.find(name, [&] { return find_name(database_, name); })) return *known;
  const auto number = numbers_.give(name);
  database_.run(insert_name, {number, name});
  return number;
}

NamesOfNumbers::NamesOfNumbers(ReadModelDatabase& database) : database_(database), names_(cached_names) {}

constexpr const char* select_name = "SELECT name FROM names WHERE number = $1";

const std::string& NamesOfNumbers::of(std::int64_t number) {
  if (const auto* known = names_.find(number)) return *known;
  const auto row = database_.find(select_name, {number});
  if (!row) throw UnusableView(fmt::format("{}: name {} is missing", database_.file().string(), number));
  return names_.put(number, std::string(row->text(0)));
}

}  // namespace upline::projections
