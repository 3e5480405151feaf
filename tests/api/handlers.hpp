// What stands behind the transport in its tests.
#pragma once

#include "api/http.hpp"
#include "api/transport.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace upline::tests {

/// "POST /path?query body"
inline api::Response echo_of(const api::Request& request) {
  return {200, "text/plain", {}, request.method + " " + request.path + "?" + request.query + " " + request.body};
}

inline void echo(const api::Request& request, api::Respond respond) { respond(echo_of(request)); }

/// Keeps requests until the test answers them.
class Desk {
 public:
  struct Case {
    api::Request request{};
    api::Respond respond{};
  };

  api::Handle handle() {
    return [this](api::Request request, api::Respond respond) {
      const std::scoped_lock lock(mutex_);
      cases_.push_back({std::move(request), std::move(respond)});
      changed_.notify_all();
    };
  }

  /// Waits for the next one.
  Case take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !cases_.empty(); });
    auto first = std::move(cases_.front());
    cases_.erase(cases_.begin());
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Case> cases_;
};

/// Sentences that the transport says about itself.
class Warnings {
 public:
  std::function<void(const std::string&)> sink() {
    return [this](const std::string& sentence) {
      const std::scoped_lock lock(mutex_);
      sentences_.push_back(sentence);
      changed_.notify_all();
    };
  }

  /// Waits for the first one.
  std::string first() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !sentences_.empty(); });
    return sentences_.front();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> sentences_;
};

}  // namespace upline::tests
