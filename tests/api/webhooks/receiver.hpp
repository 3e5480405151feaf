// Who gets webhooks in the tests: a server that answers as the test decides, and remembers what it was sent.
#pragma once

#include "api/transport.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::tests {

struct Received {
  api::Request request{};
  unsigned answered{};  // 0: not at all
  std::uint64_t position{};
  std::string stream{};
};

class Receiver {
 public:
  /// The status to answer with; none: no answer ever comes.
  using Decide = std::function<std::optional<unsigned>(const Received&)>;

  explicit Receiver(Decide decide = [](const Received&) { return 200U; }) : decide_(std::move(decide)) {
    api::TransportOptions options{.listen = {"127.0.0.1", 0}};
    options.handler_timeout = std::chrono::hours{1};
    transport_ = std::make_unique<api::Transport>(
        std::move(options),
        [this](api::Request request, api::Respond respond) { take(std::move(request), std::move(respond)); });
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}/hooks", transport_->port()); }

  void decide(Decide decide) {
    const std::scoped_lock lock(mutex_);
    decide_ = std::move(decide);
  }

  /// Waits until this holds of everything that came so far.
  template <class Predicate>
  std::vector<Received> await(Predicate holds) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return holds(std::as_const(received_)); });
    return received_;
  }

  std::vector<Received> await_accepted(std::uint64_t position) {
    return await([&](const std::vector<Received>& all) { return is_accepted(all, position); });
  }

  std::vector<Received> received() {
    const std::scoped_lock lock(mutex_);
    return received_;
  }

  std::size_t hanging() {
    const std::scoped_lock lock(mutex_);
    return hanging_.size();
  }

  static bool is_accepted(const std::vector<Received>& all, std::uint64_t position) {
    for (const auto& one : all) {
      if (one.position == position && one.answered == 200) return true;
    }
    return false;
  }

 private:
  void take(api::Request request, api::Respond respond) {
    const std::scoped_lock lock(mutex_);
    const auto body = nlohmann::json::parse(request.body);
    Received one{std::move(request), 0, body["position"], body["stream"]};
    const auto status = decide_(one);
    one.answered = status.value_or(0);
    received_.push_back(std::move(one));
    if (status) {
      respond({.status = *status, .headers = {{"Location", "/elsewhere"}}});
    } else {
      hanging_.push_back(std::move(respond));
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Decide decide_;
  std::vector<Received> received_;
  std::vector<api::Respond> hanging_;
  std::unique_ptr<api::Transport> transport_;
};

}  // namespace upline::tests
