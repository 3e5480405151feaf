#include "api/transport/responder.hpp"

#include "api/problem.hpp"

#include <exception>
#include <utility>

#include <boost/asio/dispatch.hpp>

namespace upline::api::transport {

Responder::Responder(std::shared_ptr<boost::asio::io_context> context, std::shared_ptr<PendingAnswer> pending)
    : context_(std::move(context)), pending_(std::move(pending)) {}

Responder::~Responder() {
  if (!pending_) return;
  try {
    (*this)(to_response({500, "internal_error", "The server failed to answer this request."}));
  } catch (const std::exception&) {
    // No memory for an answer: the connection's own timeout makes one.
  }
}

void Responder::operator()(Response response) {
  if (!pending_) return;
  boost::asio::dispatch(*context_, [pending = std::move(pending_), given = std::move(response)]() mutable {
    pending->response = std::move(given);
    if (pending->waiting != nullptr) pending->waiting->cancel();
  });
}

}  // namespace upline::api::transport
