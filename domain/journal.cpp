#include "domain/journal.hpp"

#include "domain/overloaded.hpp"

#include <concepts>
#include <utility>
#include <variant>

namespace upline::domain {

namespace {

template <class E, class... Candidates>
concept OneOf = (std::same_as<E, Candidates> || ...);

/// An event that is in neither list does not compile.
template <class E>
concept MovesNothing =
    OneOf<E, ShopOpened, CurrencyDeclared, LevelLimitChanged, DefaultPlanChosen, ReferralPolicyChanged,
          ReservationPolicyChanged, PlanPublished, ProductAdded, PlanAssigned, ProductRepriced, ProductRetired,
          ProductRelisted, PurchasesLimited, LowStockLevelSet, MemberEnrolled, ReferrerBound, MemberSuspended,
          MemberResumed, MemberClosed, MemberMoved, LinkClicked, KeysImported, KeysReleased, ReleaseScheduled,
          ScheduleEnded, KeysWithdrawn, KeysRevoked, OrderPlaced, PaymentMismatched, OrderExpired, OrderCancelled,
          StockAwaited, StockNoLongerAwaited, KeyReplaced, DeliveredKeysRevoked, CommissionForfeited,
          CommissionWithheld>;

std::string_view prefix(AccountKind kind) {
  switch (kind) {
    case AccountKind::gateway:
      return "Assets:Gateway:";
    case AccountKind::buyers:
      return "Liabilities:Buyers";
    case AccountKind::sales:
      return "Income:Sales:";
    case AccountKind::commission_expense:
      return "Expenses:Commission:";
    case AccountKind::commission_pending:
      return "Liabilities:Commission:Pending:";
    case AccountKind::commission_payable:
      return "Liabilities:Commission:Payable:";
  }
  std::unreachable();
}

Transaction transfer(const LedgerAccount& debit, const LedgerAccount& credit, Minor amount, std::string_view currency) {
  if (amount == Minor{0}) return {};
  return {{debit, amount, currency}, {credit, Minor{-amount.value}, currency}};
}

constexpr LedgerAccount buyers{AccountKind::buyers, {}};

Transaction delivery(const OrderInBooks& order) {
  return transfer(buyers, {AccountKind::sales, order.product}, order.unrefunded, order.currency);
}

Transaction refund(const OrderRefunded& event, const OrderInBooks& order) {
  const auto source = order.delivered ? LedgerAccount{AccountKind::sales, order.product} : buyers;
  return transfer(source, {AccountKind::gateway, order.channel}, event.amount, order.currency);
}

/// A reversal carries its accrual's available_at while that is ahead, else its own time: then the hold is over.
Transaction reversal(const CommissionReversed& event, const RecordedEvent& recorded) {
  const bool on_hold = recorded.occurred_at < event.available_at;
  const auto source = on_hold ? AccountKind::commission_pending : AccountKind::commission_payable;
  return transfer({source, recorded.stream.id}, {AccountKind::commission_expense, event.plan.value}, event.amount,
                  event.currency.code);
}

}  // namespace

std::string to_text(const LedgerAccount& account) { return std::string(prefix(account.kind)).append(account.name); }

Transaction postings(const RecordedEvent& recorded, const OrderInBooks& order) {
  return std::visit(Overloaded{
                        [](const MovesNothing auto&) { return Transaction{}; },
                        [](const PaymentReceived& e) {
                          return transfer({AccountKind::gateway, e.channel}, buyers, e.amount, e.currency.code);
                        },
                        [](const PaymentReturned& e) {
                          return transfer(buyers, {AccountKind::gateway, e.channel}, e.amount, e.currency.code);
                        },
                        [&](const KeysDelivered&) { return delivery(order); },
                        [&](const OrderDelivered&) { return delivery(order); },
                        [&](const OrderRefunded& e) { return refund(e, order); },
                        [&](const CommissionAccrued& e) {
                          return transfer({AccountKind::commission_expense, e.plan.value},
                                          {AccountKind::commission_pending, recorded.stream.id}, e.amount,
                                          e.currency.code);
                        },
                        [&](const CommissionReversed& e) { return reversal(e, recorded); },
                    },
                    recorded.event);
}

Transaction maturity(std::string_view member, Minor amount, std::string_view currency) {
  return transfer({AccountKind::commission_pending, member}, {AccountKind::commission_payable, member}, amount,
                  currency);
}

}  // namespace upline::domain
