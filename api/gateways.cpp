#include "api/gateways.hpp"

#include "api/command_body.hpp"
#include "api/media_type.hpp"
#include "api/message_signature.hpp"
#include "api/writing.hpp"
#include "domain/command.hpp"
#include "eventstore/claims.hpp"
#include "eventstore/gateways.hpp"

#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using namespace domain;

/// Stands for the secret of a gateway that is not there, so that refusing it takes as long.
constexpr std::string_view nobody = "gwsec_0000000000000000000000000000000000000000000000000000000000000000";

SignatureCheck check(const Job& job, const std::string& gateway) {
  const auto* header = job.request.header(signature_header);
  std::optional<std::string> secret;
  if (eventstore::is_well_formed_gateway_name(gateway)) {
    secret = eventstore::gateway_secret(job.shop.reader()->vault(), gateway);
  }
  const auto checked = check_signature(header == nullptr ? std::string_view{} : *header, job.request.body,
                                       secret ? *secret : nobody, job.shop.now());
  return secret ? checked : SignatureCheck::bad;
}

/// The same for a gateway that is unknown or revoked, so that nobody learns which there are. That it is too late is
/// told only to who holds the secret.
Response unauthorized(SignatureCheck checked) {
  auto response = checked == SignatureCheck::untimely
                      ? to_response({401, "signature_expired",
                                     "The signature's time is more than 5 minutes from the server's clock; sign again.",
                                     signature_header})
                      : to_response({401, "invalid_signature",
                                     "The body is not signed with the secret of this gateway.", signature_header});
  response.headers.push_back({"WWW-Authenticate", signature_header});
  return response;
}

PayOrder payment_of(JsonBody& body, const std::string& gateway) {
  return {.payment = body.id<PaymentId>("payment"),
          .order = body.id<OrderId>("order"),
          .amount = {body.integer("amount_minor")},
          .currency = {body.text("currency")},
          .channel = body.optional_text("channel").value_or(gateway)};
}

/// The event that this notification led to, whether now or when it came first.
Position recorded_at(eventstore::EventStore& log, const PayOrder& payment, bool is_mismatch) {
  using eventstore::ClaimKind;
  const auto position = is_mismatch
                            ? log.claimed(ClaimKind::payment_mismatch,
                                          eventstore::claim_key(eventstore::mismatch_key(
                                              {payment.payment, payment.order, payment.amount, payment.currency})))
                            : log.claimed(ClaimKind::payment_id, eventstore::claim_key(payment.payment.value));
  if (!position) throw eventstore::DamagedStore("a payment that was recorded is not claimed");
  return *position;
}

/// The same at every delivery. A gateway is told neither keys nor what the order is for; what does not fit is recorded
/// for the merchant, and sending it again would not help, so it is a success to the gateway.
Response answer(const Job& job, const PayOrder& payment, const eventstore::Outcome& outcome) {
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  const bool is_mismatch = outcome.rejection && outcome.rejection->reason == Reason::payment_mismatch;
  if (outcome.rejection && !is_mismatch) return answer_rejected(outcome);
  const auto reader = job.shop.reader();
  return json_response({{"position", recorded_at(reader->log(), payment, is_mismatch).value},
                        {"outcome", is_mismatch ? "recorded_for_review" : "recorded"},
                        {"payment", payment.payment.value},
                        {"order", payment.order.value}});
}

std::optional<Response> refuse_unsigned(const Job& job) {
  const auto checked = check(job, job.match.path["gateway"]);
  return checked == SignatureCheck::good ? std::nullopt : std::optional(unauthorized(checked));
}

void submit_notification(const SharedJob& job, WorkerPool& workers) {
  const auto& gateway = job->match.path["gateway"];
  refuse_other_than_json(job->request);
  JsonBody body(job->request.body);
  const auto payment = payment_of(body, gateway);
  auto command = request_of(payment, body);
  body.finish();
  command.tells_order = false;  // a gateway is told nothing of it
  command.actor = "gateway:" + gateway;
  submit_command(std::move(command), job, workers, [payment](const Job& asked, const eventstore::Outcome& outcome) {
    return answer(asked, payment, outcome);
  });
}

}  // namespace

Response refuse_unknown_signer() { return unauthorized(SignatureCheck::bad); }

std::vector<Route<Endpoint>> gateway_routes() {
  return {{"POST",
           "/v1/shops/{shop}/gateways/{gateway}/payments",
           {JobWrite{submit_notification, refuse_unsigned}, Roles::anybody(), Importance::payment}}};
}

}  // namespace upline::api
