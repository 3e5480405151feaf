// How entries of accounts are packed into rows, by account: those of one section of the log in blocks, those of the
// newest section in rows of so many positions each.
#pragma once

#include "projections/account_entries.hpp"
#include "projections/packed.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace upline::projections {

/// The newest entries of so many positions share a row. Divides section_positions.
constexpr std::uint64_t newest_positions = 1'024;
constexpr std::uint64_t newest_row_of(domain::Position position) { return position.value / newest_positions; }

/// A block ends behind the account with which it has come to so many bytes. Four of them fill a page.
constexpr std::size_t block_bytes_min = 950;

/// All that one account has of the entries, in the order of positions; the accounts in ascending order.
using VisitAccount = std::function<void(std::span<const EntryOfAccount* const>)>;
void visit_by_account(std::span<const EntryOfAccount> entries, const VisitAccount& visit);

/// Accounts are added in ascending order.
class BlockPacker {
 public:
  explicit BlockPacker(const Section& section) : section_(section) {}

  /// All that the account has in the section. `previous`: how many blocks before this one is the account's block
  /// before, or 0.
  void add(std::span<const EntryOfAccount* const> of_account, std::int64_t previous);

  bool is_full() const { return packed_.bytes().size() >= block_bytes_min; }
  bool is_empty() const { return packed_.bytes().empty(); }
  const std::string& bytes() const { return packed_.bytes(); }
  void clear();

 private:
  const Section& section_;
  Packer packed_{};
  Packer entries_{};  // of one account, in memory that is used again
  std::int64_t account_{};
};

/// One account's part of a block. Borrowed from its bytes.
struct RunOfAccount {
  std::int64_t previous{};  // as above
  std::string_view entries{};
};

/// Nothing where the block has none of that account. Some nanoseconds for each account before it.
std::optional<RunOfAccount> find_run(std::string_view block, std::int64_t account);

/// The newest blocks of so many accounts, numbered from 1 on, share a row of `heads`, 4 bytes each. Four rows fill a
/// page.
constexpr std::int64_t heads_a_row = 250;
constexpr std::int64_t heads_row_of(std::int64_t account) { return (account - 1) / heads_a_row; }

/// 0 where the account has no block yet.
std::int64_t head_of(std::string_view heads, std::int64_t account);
void set_head(std::string& heads, std::int64_t account, std::int64_t block);

/// Until it is answered false.
void visit_run(std::string_view entries, const Section& section, const std::function<bool(const AccountEntry&)>& visit);

/// A row of `newest`, of at least one entry.
std::string pack_newest(std::span<const EntryOfAccount> entries);

struct NewestRow {
  Section section{};
  std::string_view block{};  // borrowed
};
NewestRow newest_row(std::int64_t number, std::string_view packed);

/// By account.
void visit_all(const NewestRow& row, const std::function<void(const EntryOfAccount&)>& visit);

}  // namespace upline::projections
