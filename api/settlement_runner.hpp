// Carries the settlements that were opened over HTTP to the event that fixes their lines, on a thread of its own: no
// request waits for a million lines, and the writer takes other commands between two chunks of them.
// docs/decisions/0046-settlements-are-computed-behind-the-answer.md.
#pragma once

#include "domain/settlement.hpp"
#include "eventstore/shop.hpp"
#include "eventstore/writer.hpp"
#include "projections/settling.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace upline::api {

class SettlementRunner {
 public:
  /// Told of what keeps a settlement from being carried on, in a sentence, on the runner's thread.
  using Warn = std::function<void(const std::string&)>;

  /// `writer` outlives it.
  SettlementRunner(eventstore::ShopLocation location, eventstore::Writer& writer,
                   projections::SettlingOptions options = {}, Warn warn = {});
  /// As stop(), and waits for it.
  ~SettlementRunner();
  SettlementRunner(const SettlementRunner&) = delete;
  SettlementRunner& operator=(const SettlementRunner&) = delete;

  /// From any thread. Of a settlement that is opened, with the terms that it has; once more for the same one is
  /// harmless. One after the other.
  void carry_on(domain::OpenSettlement command, eventstore::Actor actor);

  /// From any thread. It ends at its next command, batch of events or sum. What is not fixed yet goes on when it is
  /// asked for again.
  void stop();

 private:
  struct Opened {
    domain::OpenSettlement command{};
    eventstore::Actor actor{};
  };

  void work();
  void settle(const Opened& opened);
  void run(const Opened& opened);
  projections::SettlingOptions options_that_end() const;
  void warn_of(const Opened& opened, const std::string& why, const char* what_to_do) const;
  bool is_ending() const;
  void throw_if_ending() const;
  void wait_a_little();

  eventstore::ShopLocation location_;
  eventstore::Writer& writer_;
  projections::SettlingOptions options_;
  Warn warn_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Opened> queue_;
  bool ending_{};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace upline::api
