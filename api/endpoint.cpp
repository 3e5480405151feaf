#include "api/endpoint.hpp"

#include "domain/text.hpp"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using domain::Reason;
using eventstore::Answer;
using Json = nlohmann::ordered_json;

}  // namespace

std::size_t Call::number(std::string_view name, std::size_t otherwise, std::size_t most) const {
  const auto* text = query(name);
  if (text == nullptr) return otherwise;
  const auto number = domain::whole_number<std::uint64_t>(*text);
  if (!number || *number > most) {
    throw Refused(
        {400, "invalid_parameter", fmt::format("'{}' is a number from 0 to {}.", name, most), std::string(name)});
  }
  return *number;
}

std::optional<std::string> Call::id_text(std::string_view name) const {
  const auto* text = query(name);
  if (text == nullptr) return std::nullopt;
  if (!domain::is_well_formed_id(*text)) {
    throw Refused({400, "invalid_parameter",
                   fmt::format("'{}' is an id: 1 to 64 characters of A-Z a-z 0-9 . _ : -.", name), std::string(name)});
  }
  return *text;
}

std::optional<domain::Timestamp> Call::optional_time(std::string_view name) const {
  const auto* text = query(name);
  if (text == nullptr) return std::nullopt;
  const auto time = domain::parse_rfc3339(*text);
  if (!time) {
    throw Refused({400, "invalid_parameter", fmt::format("'{}' is a time such as 2026-05-01T12:00:00Z.", name),
                   std::string(name)});
  }
  return time;
}

std::optional<domain::Position> Call::past_position() const {
  const auto* text = query("as_of");
  const auto number = text == nullptr ? std::nullopt : domain::whole_number<std::uint64_t>(*text);
  return number ? std::optional(domain::Position{*number}) : std::nullopt;
}

projections::AsOf Call::as_of(Reader& reader) const {
  const auto* text = query("as_of");
  if (text == nullptr) return {.time = eventstore::system_clock_now(), .occurred_until = domain::timestamp_max};
  if (const auto time = domain::parse_rfc3339(*text)) return {.time = *time};
  const auto position = past_position();
  if (!position || *position > reader.log().head().position) {
    throw Refused({400, "invalid_parameter",
                   "'as_of' is a time with an offset, or a position that the log has reached.", "as_of"});
  }
  return reader.models.as_of(*position);
}

Response json_response(const Json& json, unsigned status) {
  return {.status = status, .body = json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n'};
}

/// The position of what was there already is that of the log: a read at it sees the first result. A repetition tells
/// what the first time told.
Json outcome_json(Reader& reader, const eventstore::Outcome& outcome) {
  const bool appended = outcome.last > domain::Position{0};
  const auto position = appended ? outcome.last : reader.log().head().position;
  return {{"position", position.value}, {"outcome", name(appended ? Answer::appended : outcome.answer)}};
}

unsigned status_of(const eventstore::Outcome& outcome) { return outcome.last > domain::Position{0} ? 201 : 200; }

Response answer_outcome(Reader& reader, const Call&, const eventstore::Outcome& outcome) {
  return json_response(outcome_json(reader, outcome), status_of(outcome));
}

namespace {

/// A reason that is in no list does not compile.
unsigned status_of(Reason reason) {
  switch (reason) {
    case Reason::shop_not_open:
    case Reason::unknown_member:
    case Reason::unknown_order:
    case Reason::unknown_plan:
    case Reason::unknown_product:
    case Reason::unknown_referrer:
    case Reason::unknown_payout:
    case Reason::unknown_settlement:
      return 404;
    case Reason::amount_overflow:
    case Reason::currency_not_declared:
    case Reason::invalid_amount:
    case Reason::invalid_batch:
    case Reason::invalid_currency:
    case Reason::invalid_duration:
    case Reason::invalid_exponent:
    case Reason::invalid_hold:
    case Reason::invalid_id:
    case Reason::invalid_level_limit:
    case Reason::invalid_limit:
    case Reason::invalid_quantity:
    case Reason::invalid_rate:
    case Reason::invalid_text:
    case Reason::invalid_time:
    case Reason::level_limit_exceeded:
    case Reason::occurred_in_future:
    case Reason::personal_data:
    case Reason::rates_exceed_cap:
    case Reason::reason_missing:
    case Reason::cutoff_in_future:
    case Reason::unknown_tax_method:
    case Reason::command_id_reused:
      return 422;
    case Reason::already_bound:
    case Reason::already_paid:
    case Reason::code_taken:
    case Reason::conflict:
    case Reason::currency_mismatch:
    case Reason::duplicate_key:
    case Reason::key_not_held:
    case Reason::keys_not_there:
    case Reason::link_not_earned:
    case Reason::member_closed:
    case Reason::no_unreleased_keys:
    case Reason::not_key_product:
    case Reason::not_paid:
    case Reason::nothing_owed:
    case Reason::order_expired:
    case Reason::order_refunded:
    case Reason::out_of_stock:
    case Reason::payment_mismatch:
    case Reason::product_retired:
    case Reason::purchase_limit_exceeded:
    case Reason::referral_cycle:
    case Reason::referrer_closed:
    case Reason::refund_too_large:
    case Reason::return_too_large:
    case Reason::too_many_open_orders:
    case Reason::cutoff_goes_back:
    case Reason::four_eyes_needed:
    case Reason::payout_mismatch:
    case Reason::payout_not_paid:
    case Reason::payouts_have_results:
    case Reason::settlement_cancelled:
    case Reason::settlement_exported:
    case Reason::settlement_moved_on:
    case Reason::settlement_not_approved:
    case Reason::settlement_not_fixed:
    case Reason::tax_not_for_currency:
      return 409;
  }
  std::unreachable();
}

}  // namespace

Problem problem_of(const domain::Rejection& rejection) {
  std::string detail(domain::sentence(rejection.reason));
  if (!rejection.detail.empty()) detail += fmt::format(" ({})", rejection.detail);
  return {status_of(rejection.reason), std::string(domain::code(rejection.reason)), std::move(detail)};
}

void refuse_unknown(std::string code, std::string detail) { throw Refused({404, std::move(code), std::move(detail)}); }

}  // namespace upline::api
