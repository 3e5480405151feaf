// Takes entries of accounts in: numbers their names, and sorts those of a section that the log has left.
#pragma once

#include "domain/event.hpp"
#include "projections/account_entries.hpp"
#include "projections/known_numbers.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace upline::projections {

/// Whoever reads in the order of positions finds rows numbered in that order, whenever flush() is called.
class AccountEntriesWriter {
 public:
  explicit AccountEntriesWriter(ReadModelDatabase& database);

  void add(const domain::RecordedEvent& event, const domain::CommissionAccrued& accrual);
  void add(const domain::RecordedEvent& event, const domain::CommissionReversed& reversal);

  /// Writes what was added.
  void flush();

 private:
  /// A rate of kind 0 is that of a reversal.
  struct Terms {
    domain::Level level{};
    std::string_view plan{};
    std::uint32_t plan_version{};
    int rate_kind{};
    std::int64_t rate_value{};
  };

  std::int64_t account_of(std::string_view member, std::string_view currency);
  std::int64_t order_of(const domain::OrderId& order);
  std::int64_t terms_of(const Terms& terms);
  std::int64_t find_or_add_terms(const Terms& terms);

  void load_newest();
  void open_heads();
  void close(std::uint64_t section, std::span<const EntryOfAccount> entries);
  void write_blocks(const Section& section, std::span<const EntryOfAccount> entries);
  void write_newest();

  struct LastOrder {
    std::int64_t number{};
    std::string packed{};
  };

  ReadModelDatabase& database_;
  std::optional<std::vector<EntryOfAccount>> entries_{};  // of the newest section, and what was added behind it
  std::size_t written_{};                                 // of these
  KnownNumbers accounts_;
  std::vector<std::int64_t> new_accounts_{};
  std::unordered_map<std::string, std::int64_t> terms_{};
  std::optional<LastOrder> last_order_{};
  std::string key_{};  // in memory that is used again
};

}  // namespace upline::projections
