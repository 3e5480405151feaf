// What an order's own history tells, event by event: who bought, what was paid, delivered, earned and taken back. Why
// it came so is the audit's to find (order_audit.cpp).
#pragma once

#include "domain/event.hpp"
#include "projections/as_of.hpp"
#include "projections/order_audit.hpp"

#include <string>
#include <vector>

namespace upline::projections {

class OrderStory {
 public:
  OrderStory(const domain::OrderId& order, const AsOf& as_of) : as_of_(as_of) { audit_.order = order; }

  /// The next event of the history. False where it does not count as of then.
  bool take(const domain::RecordedEvent& event);

  /// What the levels' rates apply to: the amount due, less what was refunded before the delivery.
  domain::Minor commission_base() const;

  /// All of it, with a level for each member of the frozen upline. Last of all.
  OrderAudit finish();

 private:
  void tell(const domain::RecordedEvent& event);
  void place(const domain::RecordedEvent& event, const domain::OrderPlaced& placed);
  void note_time_of_payment(const domain::RecordedEvent& event);
  void pay(const domain::RecordedEvent& event, const domain::PaymentReceived& payment);
  PaymentNote note_of(const domain::PaymentReceived& payment) const;
  void end(const domain::RecordedEvent& event, Ending how, domain::Quantity freed, const std::string& reason);
  void end_wait(const domain::RecordedEvent& event);
  void deliver(const domain::RecordedEvent& event);
  void accrue(const domain::RecordedEvent& event, const domain::CommissionAccrued& accrued);
  void forfeit(const domain::RecordedEvent& event, const domain::CommissionForfeited& forfeited);
  void refund(const domain::RecordedEvent& event, const domain::OrderRefunded& refunded);
  void reverse(const domain::RecordedEvent& event, const domain::CommissionReversed& reversed);
  void add_silent_levels();

  AsOf as_of_;
  OrderAudit audit_;
  domain::Currency currency_;       // of the order
  domain::Timestamp last_payment_;  // in that currency, or the placing
  domain::Minor refunded_before_delivery_;
  std::vector<domain::MemberId> upline_;
};

}  // namespace upline::projections
