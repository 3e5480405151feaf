// What settlements pay of the members' balances: the payouts of an account, what is scheduled and paid at any moment,
// and what the next settlement finds. A part of the read model commission_balances.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/member.hpp"
#include "domain/money.hpp"
#include "domain/payout.hpp"
#include "domain/settlement.hpp"
#include "projections/as_of.hpp"
#include "projections/read_model_database.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace upline::projections {

struct Happened {
  domain::Position position{};
  domain::Timestamp at{};
};

/// A line of an account that counts, or counted. The texts are borrowed for the visit.
struct Payout {
  std::string_view member{};
  std::string_view currency{};
  domain::Position position{};  // of the line
  domain::Version version{};    // of the account's stream
  std::string_view settlement{};
  domain::Attempt attempt{};
  domain::PayoutAmounts amounts{};
  Happened scheduled{};  // where its settlement was fixed: from there on it counts
  std::optional<Happened> paid{};
  std::string_view reference{};
  std::optional<Happened> ended{};  // it failed, or was returned after it was paid
  std::string_view reason{};
  std::optional<Happened> cancelled{};  // with its settlement

  /// Its gross is taken from the balance.
  bool is_live() const { return !ended && !cancelled; }
};

/// What a member has in one currency that no live line covers. The texts are borrowed for the visit.
struct FreeSum {
  std::string_view member{};
  std::string_view currency{};
  domain::Minor gross{};
  domain::Standing standing{domain::Standing::active};
};

/// The gross of a member's live payouts in one currency.
struct PayoutSums {
  domain::Minor scheduled{};
  domain::Minor paid{};
};

/// Lines of one attempt at a settlement, in one currency, that came to the same. The texts are borrowed for the visit.
struct PayoutResults {
  std::string_view settlement{};
  domain::Attempt attempt{};
  domain::PayoutResult result{};
  domain::PayoutTotal total{};
};

/// Walks along the members (bytewise), then currencies, as the balances do.
class PayoutSumsWalk {
 public:
  PayoutSumsWalk(ReadModelDatabase& database, const AsOf& as_of, std::string_view first_member,
                 std::string_view last_member);

  /// To be asked in ascending order.
  PayoutSums of(std::string_view member, std::string_view currency);

 private:
  ReadModelDatabase::Rows rows_;
  bool has_row_{};
};

class Payouts {
 public:
  explicit Payouts(ReadModelDatabase& database) : database_(database) {}

  /// Of one member by currency, then position: those that counted at any time by then.
  void of_member(const AsOf& as_of, const domain::MemberId& member,
                 const std::function<void(const Payout&)>& visit) const;

  /// What had a result by then, of one settlement or of all; what was returned comes as paid as well. One scan of all
  /// payouts, about half a microsecond each.
  void results(const AsOf& as_of, const std::optional<domain::SettlementId>& settlement,
               const std::function<void(const PayoutResults&)>& visit) const;

  /// Every sum, also of 0, in the order of member (bytewise), then currency, behind a cursor: of the entries up to
  /// `through` that occurred and were available by the cutoff, less the lines live there. Until the visitor answers
  /// false. Constant memory, about a microsecond an entry. Throws where a sum does not fit 64 bits.
  void free_sums(domain::Position through, domain::Timestamp cutoff, std::string_view after_member,
                 std::string_view after_currency, const std::function<bool(const FreeSum&)>& visit) const;

 private:
  ReadModelDatabase& database_;
};

/// Takes in what is an event of a settlement, a payout or a member's standing.
void apply_payouts(ReadModelDatabase& database, const domain::RecordedEvent& event);

}  // namespace upline::projections
