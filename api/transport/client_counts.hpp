// How many connections each client has, so that none takes them all.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace upline::api::transport {

/// From any thread. A client is there as long as it has a connection.
class ClientCounts {
 public:
  explicit ClientCounts(std::size_t most) : most_(most) {}

  /// False where it has as many as it may; else leave() follows.
  bool enter(const std::string& client);
  void leave(const std::string& client);

 private:
  std::size_t most_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> connections_;
};

}  // namespace upline::api::transport
