// What wakes a connection, from whatever thread there is something for it.
#pragma once

#include "api/http.hpp"

#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace upline::api::transport {

/// Touched on the connection's thread only.
struct Bell {
  boost::asio::steady_timer* timer{};  // cancelled to wake who waits for it; null when nobody does any more
};

/// Never rings within the call: who is about to wait would miss it.
inline BodyStream::Wake ring_of(std::shared_ptr<boost::asio::io_context> context, std::shared_ptr<Bell> bell) {
  return [context = std::move(context), bell = std::move(bell)] {
    boost::asio::post(*context, [bell] {
      if (bell->timer != nullptr) bell->timer->cancel();
    });
  };
}

}  // namespace upline::api::transport
