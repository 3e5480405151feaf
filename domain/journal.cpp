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
          MemberResumed, MemberClosed, MemberMoved, LinkClicked, MemberErased, KeysImported, KeysReleased,
          ReleaseScheduled, ScheduleEnded, KeysWithdrawn, KeysRevoked, OrderPlaced, PaymentMismatched, OrderExpired,
          OrderCancelled, StockAwaited, StockNoLongerAwaited, KeyReplaced, DeliveredKeysRevoked, CommissionForfeited,
          CommissionWithheld, SettlementPolicyChanged, SettlementOpened, LinesScheduled, SettlementFixed,
          SettlementAbandoned, SettlementApproved, SettlementExported, SettlementCancelled, PayoutScheduled>;

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
    case AccountKind::payouts:
      return "Liabilities:Payouts";
    case AccountKind::tax_withheld:
      return "Liabilities:TaxWithheld";
    case AccountKind::fees:
      return "Income:Fees";
    case AccountKind::bank:
      return "Assets:Bank";
  }
  std::unreachable();
}

Transaction transfer(const LedgerAccount& debit, const LedgerAccount& credit, Minor amount, std::string_view currency) {
  if (amount == Minor{0}) return {};
  return {{debit, amount, currency}, {credit, Minor{-amount.value}, currency}};
}

constexpr LedgerAccount buyers{AccountKind::buyers, {}};
constexpr LedgerAccount payouts{AccountKind::payouts, {}};
constexpr LedgerAccount tax_withheld{AccountKind::tax_withheld, {}};
constexpr LedgerAccount fees{AccountKind::fees, {}};
constexpr LedgerAccount bank{AccountKind::bank, {}};

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

/// A payout's postings but those of 0; `sign` is 1 where it is scheduled, -1 where that is undone.
Transaction payout(std::string_view member, const PayoutAmounts& amounts, std::string_view currency, int sign) {
  Transaction transaction;
  const auto post = [&](const LedgerAccount& account, std::int64_t amount) {
    if (amount != 0) transaction.push_back({account, Minor{sign * amount}, currency});
  };
  post({AccountKind::commission_payable, member}, amounts.gross.value);
  post(payouts, -amounts.net.value);
  post(tax_withheld, -amounts.tax.value);
  post(fees, -amounts.fee.value);
  return transaction;
}

/// First the money comes back, then the payout has failed.
Transaction returned(std::string_view member, const PayoutReturned& event) {
  auto transaction = transfer(bank, payouts, event.amounts.net, event.currency.code);
  for (const auto& posting : payout_unscheduled(member, event.amounts, event.currency.code)) {
    transaction.push_back(posting);
  }
  return transaction;
}

}  // namespace

std::string to_text(const LedgerAccount& account) { return std::string(prefix(account.kind)).append(account.name); }

Transaction postings(const RecordedEvent& recorded, const OrderInBooks& order) {
  return std::visit(
      Overloaded{
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
                            {AccountKind::commission_pending, recorded.stream.id}, e.amount, e.currency.code);
          },
          [&](const CommissionReversed& e) { return reversal(e, recorded); },
          [](const PayoutPaid& e) { return transfer(payouts, bank, e.amounts.net, e.currency.code); },
          [&](const PayoutFailed& e) { return payout_unscheduled(recorded.stream.id, e.amounts, e.currency.code); },
          [&](const PayoutReturned& e) { return returned(recorded.stream.id, e); },
      },
      recorded.event);
}

Transaction maturity(std::string_view member, Minor amount, std::string_view currency) {
  return transfer({AccountKind::commission_pending, member}, {AccountKind::commission_payable, member}, amount,
                  currency);
}

Transaction payout_scheduled(std::string_view member, const PayoutAmounts& amounts, std::string_view currency) {
  return payout(member, amounts, currency, 1);
}

Transaction payout_unscheduled(std::string_view member, const PayoutAmounts& amounts, std::string_view currency) {
  return payout(member, amounts, currency, -1);
}

}  // namespace upline::domain
