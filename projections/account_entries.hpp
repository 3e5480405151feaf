// The entries of members' accounts as they are stored, by account: those of the log's newest section in rows of few
// positions, older ones in blocks that are written behind each other and lead back from one to the other.
#pragma once

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"
#include "projections/read_model_database.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace upline::projections {

/// Entries of so many positions are sorted by account together. The fewer, the less is taken in at once, and read by
/// who asks for the newest; the more, the more entries of an account lie side by side.
constexpr std::uint64_t section_positions = 16'384;

constexpr std::uint64_t section_of(domain::Position position) { return position.value / section_positions; }

/// Accounts, orders and terms are numbers of rows.
struct AccountEntry {
  domain::Position position{};
  domain::Version version{};
  domain::Minor amount{};  // above 0 for an accrual, below 0 for a reversal
  domain::Timestamp occurred_at{};
  domain::Timestamp available_at{};
  std::int64_t order{};
  std::int64_t terms{};
  domain::Minor base{};
  std::string refund{};  // of a reversal
};

/// What the numbers in a section's blocks are counted from.
struct Section {
  std::uint64_t number{};
  domain::Timestamp occurred_at{};
  std::int64_t order{};
};

struct EntryOfAccount {
  std::int64_t account{};
  AccountEntry entry{};
};

struct Account {
  std::int64_t number{};
  std::string_view member{};  // borrowed for the visit, as the currency
  std::string_view currency{};
};

/// Of these members, the first one's from behind that currency on; by member (bytewise), then currency. Until it is
/// answered false. The open query keeps the file's state: what is asked within a visit is of the same one, though a
/// section may be closed meanwhile.
void visit_accounts(ReadModelDatabase& database, std::string_view first_member, std::string_view last_member,
                    std::string_view after_currency, const std::function<bool(const Account&)>& visit);

/// The row of `heads` with that number, if there is one; its bytes are the first column.
std::optional<ReadModelDatabase::Rows> find_heads(ReadModelDatabase& database, std::int64_t number);

/// Those of the newest section, in no order that is promised.
std::vector<EntryOfAccount> newest_entries(ReadModelDatabase& database);

/// Throws std::overflow_error where the sum does not fit 64 bits.
void add_amount(domain::Minor& sum, domain::Minor amount);

/// Reads them, all in one state of the file; knows the sections that it came by.
class AccountEntries {
 public:
  /// False: it wants no more.
  using Visit = std::function<bool(const AccountEntry&)>;

  explicit AccountEntries(ReadModelDatabase& database) : database_(database) {}

  /// Up to the position, in any order. Some microseconds a section in which the account has entries, 20 nanoseconds an
  /// entry there; and some 30 microseconds for the newest section.
  void all(std::int64_t account, domain::Position last, const std::function<void(const AccountEntry&)>& visit);

  /// Behind `after`, up to `last`, in the order of positions.
  void in_order(std::int64_t account, domain::Position after, domain::Position last, const Visit& visit);

 private:
  std::int64_t newest_block(std::int64_t account);
  const Section& section(std::uint64_t number);
  void load_newest();
  void visit_newest_of(std::int64_t account, domain::Position after, domain::Position last, const Visit& visit);

  ReadModelDatabase& database_;
  std::unordered_map<std::uint64_t, Section> sections_{};
  std::size_t accounts_asked_for_{};
  std::vector<EntryOfAccount> newest_{};  // by account, once many were asked for
};

}  // namespace upline::projections
