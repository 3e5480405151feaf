#include "domain/return_payment.hpp"

#include <string>

namespace upline::domain {

namespace {

using Decision = std::expected<NewEvents, Rejection>;

Decision return_again(const KnownReturn& known, const ReturnPayment& c) {
  const bool same = known.order == c.order && known.event.amount == c.amount && known.event.currency == c.currency;
  if (!same) return refuse(Reason::conflict, c.id.value);
  return Decision{};
}

}  // namespace

Decision decide(const Order& state, const std::optional<KnownReturn>& known, const ReturnPayment& command) {
  if (known) return return_again(*known, command);
  if (!is_well_formed_id(command.id.value)) return refuse(Reason::invalid_id, "return");
  if (std::holds_alternative<NoOrder>(state)) return refuse(Reason::unknown_order, command.order.value);
  if (command.amount.value <= 0) return refuse(Reason::invalid_amount, command.id.value);
  if (!is_plain_text(command.channel, channel_bytes_max)) return refuse(Reason::invalid_text, "channel");
  const auto owed = owed_back(state, command.currency);
  if (owed == Minor{0}) return refuse(Reason::nothing_owed, command.order.value);
  if (command.amount > owed) {
    return refuse(Reason::return_too_large, command.order.value + ": " + std::to_string(owed.value) + " owed");
  }
  return NewEvents{{stream_of(command.order), command.occurred_at,
                    PaymentReturned{command.id, command.amount, command.currency, command.channel}}};
}

}  // namespace upline::domain
