// A request and its answer, as plain values: what the transport hands to whoever answers, and gets back.
#pragma once

#include "api/shed.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::api {

struct Header {
  std::string name{};
  std::string value{};
};

struct Request {
  std::string method{};
  std::string path{};   // up to the '?', not percent-decoded; "*" in `OPTIONS *`
  std::string query{};  // what follows the '?', not percent-decoded
  std::vector<Header> headers{};
  std::string body{};
  std::string peer_address{};

  /// The first header of that name, in whatever case; null if there is none.
  const std::string* header(std::string_view name) const;
};

/// A body that is made while it is sent. The transport asks for the next piece when the one before is on its way, so a
/// client that reads slowly costs one piece. Destroyed when it is sent, or when the client has left.
class BodyStream {
 public:
  using Wake = std::move_only_function<void()>;

  virtual ~BodyStream() = default;

  /// On an I/O thread: must not block. A piece (64 KiB is plenty), or nothing at the end. An empty piece: nothing yet,
  /// and `wake` is called once there is, from any thread, also from within.
  virtual std::optional<std::string> next(Wake wake) = 0;

  /// The server is about to stop. A body without an end finds one; others are sent as far as there is time for it.
  virtual void end_soon() {}
};

/// Content-Length, Connection and Transfer-Encoding are the transport's own: given here, they are left out.
struct Response {
  unsigned status{200};
  std::string content_type{"application/json"};
  std::vector<Header> headers{};
  std::string body{};
  std::shared_ptr<BodyStream> stream{};  // in place of the body
  std::optional<Shed> shed{};            // set where requests were refused for there being too many
  std::string trouble{};                 // of a 5xx: what broke, for the log; never sent

  /// As of a request.
  const std::string* header(std::string_view name) const;
};

/// Called at most once, from any thread, also when the client or the server is gone. Destroyed without being called, it
/// answers 500.
using Respond = std::move_only_function<void(Response)>;

/// Called on an I/O thread: must not block; hands the work on. What it throws becomes a 500.
using Handle = std::function<void(Request, Respond)>;

/// "Not Found" for 404; empty for what is not used here.
std::string_view reason_of(unsigned status);

bool equal_ignoring_case(std::string_view left, std::string_view right);

}  // namespace upline::api
