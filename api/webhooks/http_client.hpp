// Sends requests to addresses elsewhere, many at a time on one thread, each within bounds. The only file that knows
// libcurl is the one behind this header.
#pragma once

#include "api/http.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace upline::api {

struct HttpClientOptions {
  std::chrono::milliseconds connect_timeout{5'000};  // to look up the name, connect and agree on TLS
  std::chrono::milliseconds total_timeout{15'000};
  std::size_t answer_bytes_max{std::size_t{64} << 10U};  // what comes beyond is not read
  std::size_t connections_kept_max{64};
  bool allows_private_addresses{};  // else nothing is sent to this machine or a network that is not the internet's
};

struct Post {
  std::string url{};
  std::vector<Header> headers{};
  std::string body{};
};

struct PostResult {
  unsigned status{};    // 0: no answer came
  std::string error{};  // why, without the address
};

/// Follows no redirect, uses no proxy, checks certificates against the system's store, and throws the answer's body
/// away. One thread at a time, except for wake().
class HttpClient {
 public:
  using Done = std::move_only_function<void(const PostResult&)>;

  explicit HttpClient(const HttpClientOptions& options);
  /// What is on its way is cut off, and not told of.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void post(Post post, Done done);

  /// Moves bytes, and tells what has ended; waits for something to do, for so long at most.
  void run(std::chrono::milliseconds wait);

  /// Ends the waiting of run, or of the next one. From any thread.
  void wake();

  std::size_t in_flight() const;

 private:
  class Transfer;
  class Multi;
  std::unique_ptr<Multi> multi_;
};

}  // namespace upline::api
