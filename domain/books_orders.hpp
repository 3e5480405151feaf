// Every order's money, replayed: due, received, refunded, and what each level above the buyer keeps of it.
#pragma once

#include "domain/books_names.hpp"
#include "domain/books_order.hpp"
#include "domain/commission.hpp"
#include "domain/event.hpp"
#include "domain/journal.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace upline::domain {

/// A call that can find something broken answers it as a part of a sentence, else nothing. Cost: constant, but for the
/// order's levels. An order takes about 250 bytes with a chain of two.
class BookedOrders {
 public:
  explicit BookedOrders(BookNames& names) : names_(names) {}

  // The order's life and money (books_orders.cpp)

  std::optional<std::string> place(BookedOrder& order, const RecordedEvent& recorded, const OrderPlaced& event);
  std::optional<std::string> pay(BookedOrder& order, const RecordedEvent& recorded, const PaymentReceived& event);
  std::optional<std::string> return_payment(BookedOrder& order, const RecordedEvent& recorded,
                                            const PaymentReturned& event);
  std::optional<std::string> expire(BookedOrder& order, const RecordedEvent& recorded);
  std::optional<std::string> cancel(BookedOrder& order);
  std::optional<std::string> await_stock(const BookedOrder& order);
  std::optional<std::string> leave_queue();
  std::optional<std::string> deliver(BookedOrder& order, const RecordedEvent& recorded);
  std::optional<std::string> refund(BookedOrder& order, const RecordedEvent& recorded, const OrderRefunded& event);
  std::optional<std::string> check_revocation(const RecordedEvent& recorded, const DeliveredKeysRevoked& event) const;

  /// What is paid must be handed over, or wait for stock, directly.
  void await_handing_over(const OrderId& order);

  // Its commissions (books_commissions.cpp)

  std::optional<std::string> publish(const RecordedEvent& recorded, const PlanPublished& event);
  bool is_published(Name plan) const { return latest_.contains(plan.value); }

  /// The newest version of the plan in force, if one is.
  std::optional<std::string> freeze(BookedOrder& order, const std::optional<FrozenChain>& chain,
                                    std::optional<Name> plan);
  std::size_t frozen_level_count(const BookedOrder& order) const;
  std::optional<std::string> forfeit(BookedOrder& order, const CommissionForfeited& event);
  std::optional<std::string> withhold(const BookedOrder& order, const CommissionWithheld& event) const;
  std::optional<std::string> accrue(const RecordedEvent& recorded, const CommissionAccrued& event);
  std::optional<std::string> reverse(const RecordedEvent& recorded, const CommissionReversed& event);

  /// Some events only come with others directly behind them: a payment with the delivery, that with what each level
  /// earns or forfeits, a refund with what each level gives back. Until then the order is unsettled, and nothing else
  /// may happen.
  bool is_unsettled() const { return settling_.has_value(); }
  bool settles(const RecordedEvent& recorded) const;
  std::string what_is_missing() const;

  /// The record of the order, made when it is asked for the first time.
  BookedOrder& order(const std::string& id);
  OrderInBooks in_books(const BookedOrder& order) const;
  std::size_t count() const { return orders_.size(); }

 private:
  enum class Missing : std::uint8_t { payment, handing_over, commissions, reversals, leaving_queue };

  struct Terms {
    Name plan{};
    PlanVersion version{};
    PlanTerms terms{};
  };
  struct Settling {
    Missing missing{};
    OrderId order{};
    std::optional<RefundId> refund{};
    Timestamp occurred_at{};
    std::size_t levels_left{};
  };
  struct Refund {
    OrderId order{};
    RefundId refund{};
  };

  bool is_missing(Missing what) const { return settling_ && settling_->missing == what; }
  std::optional<std::string> check_effect(const BookedOrder& order, const PaymentReceived& event) const;
  std::optional<std::string> receive(BookedOrder& order, const RecordedEvent& recorded, const PaymentReceived& event);
  Minor* owed_elsewhere(const RecordedEvent& recorded, const Currency& currency);
  std::optional<std::string> settle_refund(BookedOrder& order, const RecordedEvent& recorded,
                                           const OrderRefunded& event);

  const Terms* terms_of(const BookedOrder& order) const;
  BookedLevel* level_of(const BookedOrder& order, Level level);
  Minor target(const BookedOrder& order, const BookedLevel& held, Level level) const;
  bool follows(const BookedOrder& order, const PlanId& plan, PlanVersion version) const;
  std::size_t share_out(const BookedOrder& order);
  std::size_t levels_above_target(const BookedOrder& order);
  std::optional<std::string> settle_level(const BookedOrder& order, Minor share);
  std::optional<std::string> check_accrual(const BookedOrder& order, const BookedLevel* level,
                                           const RecordedEvent& recorded, const CommissionAccrued& event) const;
  std::optional<std::string> check_reversal(const BookedOrder& order, const BookedLevel* level,
                                            const RecordedEvent& recorded, const CommissionReversed& event) const;
  std::optional<std::string> check_cap(const BookedOrder& order) const;

  BookNames& names_;
  std::unordered_map<std::string, BookedOrder> orders_;
  std::pair<const std::string, BookedOrder>* last_order_{};         // events of an order come in a row
  std::map<std::pair<std::string, std::string>, Minor> elsewhere_;  // by order and currency: received, less returned
  std::deque<BookedLevel> levels_;
  std::vector<Terms> terms_;
  std::unordered_map<std::uint32_t, std::uint32_t> latest_;  // by plan: one past the place of the newest version
  CommissionBasis basis_{};                                  // reused, so that a delivery allocates little
  std::optional<Settling> settling_;
  std::optional<Refund> last_refund_;
};

}  // namespace upline::domain
