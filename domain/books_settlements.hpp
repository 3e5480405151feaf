// Settlements, replayed: at each opening the books themselves say which lines there must be, and every line, sum and
// result is held against that.
#pragma once

#include "domain/books_accounts.hpp"
#include "domain/books_members.hpp"
#include "domain/books_names.hpp"
#include "domain/settlement.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace upline::domain {

/// Each call answers nothing, or what is broken, as a part of a sentence. Cost: of opening, linear in all entries; of
/// fixing and cancelling, in the lines; else logarithmic. Memory: about 50 bytes a line.
class BookedSettlements {
 public:
  BookedSettlements(BookNames& names, BookedAccounts& accounts, const BookedMembers& members)
      : names_(names), accounts_(accounts), members_(members) {}

  void change(const SettlementPolicyChanged& event) { four_eyes_ = event.policy.four_eyes; }

  std::optional<std::string> open(const RecordedEvent& recorded, const SettlementOpened& event);
  std::optional<std::string> schedule(const RecordedEvent& recorded, const PayoutScheduled& event);
  std::optional<std::string> close_chunk(const RecordedEvent& recorded, const LinesScheduled& event);
  std::optional<std::string> fix(const RecordedEvent& recorded, const SettlementFixed& event);
  std::optional<std::string> abandon(const RecordedEvent& recorded, const SettlementAbandoned& event);
  std::optional<std::string> approve(const RecordedEvent& recorded, const SettlementApproved& event);
  std::optional<std::string> export_lines(const RecordedEvent& recorded, const SettlementExported& event);
  std::optional<std::string> cancel(const RecordedEvent& recorded);
  std::optional<std::string> pay(const RecordedEvent& recorded, const PayoutPaid& event);
  std::optional<std::string> fail(const RecordedEvent& recorded, const PayoutFailed& event);
  std::optional<std::string> give_back(const RecordedEvent& recorded, const PayoutReturned& event);

  /// Lines stand in the log without their sums: only more of them may follow, or the sums.
  bool is_in_chunk() const { return chunk_of_.has_value(); }
  bool continues_chunk(const RecordedEvent& recorded) const;

 private:
  enum class Fate : std::uint8_t { scheduled, paid, failed, returned };
  struct Line {
    Name member{};
    Name currency{};
    PayoutAmounts amounts{};
    Fate fate{Fate::scheduled};
  };
  struct Booked {
    SettlementOpened opened{};
    SettlementStage stage{};
    std::vector<Line> lines{};  // those that there must be, in their order
    std::size_t scheduled{};    // of them, as far as the log has come
    std::size_t live{};
    bool has_results{};
    PayoutTotals totals{};  // of those that are scheduled
    Digest digest{};
    Position fixed_position{};
  };

  Booked& of(const RecordedEvent& recorded) { return settlements_[names_.number_of(recorded.stream.id)]; }
  std::optional<Timestamp> latest_cutoff() const;
  bool was_fixed_since(Position through) const;
  void propose(Booked& settlement);
  std::optional<std::string> check_sums(const Booked& settlement, Attempt attempt, std::uint64_t lines,
                                        const PayoutTotals& totals) const;
  template <class Result>
  Line* line_of(const RecordedEvent& recorded, const Result& event);
  std::optional<std::string> end_line(Booked& settlement, Line& line, Fate fate, const Transaction& transaction);
  static std::optional<std::string> check_dated(const RecordedEvent& recorded);

  BookNames& names_;
  BookedAccounts& accounts_;
  const BookedMembers& members_;
  bool four_eyes_{};
  std::optional<Name> chunk_of_;
  std::map<Name, Booked> settlements_;
};

}  // namespace upline::domain
