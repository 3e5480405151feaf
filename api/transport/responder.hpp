// The way back of an answer: from whatever thread it was made on to the connection that waits for it.
#pragma once

#include "api/http.hpp"

#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace upline::api::transport {

/// Touched on the connection's thread only.
struct PendingAnswer {
  std::optional<Response> response{};
  boost::asio::steady_timer* waiting{};  // cancelled when the answer is there; null when nobody waits any more
};

/// What the handler gets as `Respond`.
class Responder {
 public:
  /// Holds the context, since the answer may come when the server is gone.
  Responder(std::shared_ptr<boost::asio::io_context> context, std::shared_ptr<PendingAnswer> pending);
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  /// Never answered: 500.
  ~Responder();

  void operator()(Response response);

 private:
  std::shared_ptr<boost::asio::io_context> context_;
  std::shared_ptr<PendingAnswer> pending_;
};

}  // namespace upline::api::transport
