#include "api/settlement_runner.hpp"

#include "api/reader.hpp"
#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace upline::api {

namespace {

/// The server ends.
struct Ending {};

}  // namespace

SettlementRunner::SettlementRunner(eventstore::ShopLocation location, eventstore::Writer& writer,
                                   projections::SettlingOptions options, Warn warn)
    : location_(std::move(location)), writer_(writer), options_(std::move(options)), warn_(std::move(warn)) {
  thread_ = std::thread([this] { work(); });
}

SettlementRunner::~SettlementRunner() {
  stop();
  thread_.join();
}

void SettlementRunner::stop() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

/// One that is being carried on is queued all the same: it may have been abandoned and opened anew a moment ago.
void SettlementRunner::carry_on(domain::OpenSettlement command, eventstore::Actor actor) {
  {
    const std::scoped_lock lock(mutex_);
    const auto is_same = [&](const Opened& opened) { return opened.command.settlement == command.settlement; };
    if (std::ranges::any_of(queue_, is_same)) return;
    queue_.push_back({std::move(command), std::move(actor)});
  }
  changed_.notify_all();
}

bool SettlementRunner::is_ending() const {
  const std::scoped_lock lock(mutex_);
  return ending_;
}

void SettlementRunner::throw_if_ending() const {
  if (is_ending()) throw Ending{};
}

void SettlementRunner::wait_a_little() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(200), [this] { return ending_; });
}

void SettlementRunner::work() {
  eventstore::name_this_thread("settling");
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    const auto opened = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    settle(opened);
  }
}

void SettlementRunner::warn_of(const Opened& opened, const std::string& why, const char* what_to_do) const {
  if (!warn_) return;
  warn_(fmt::format("settlement {} is not carried on: {}; {}", opened.command.settlement.value, why, what_to_do));
}

/// Where the writer has too much to do, or somebody else holds the files, it comes again.
void SettlementRunner::settle(const Opened& opened) {
  while (!is_ending()) {
    try {
      return run(opened);
    } catch (const Ending&) {
      return;
    } catch (const eventstore::StoreBusy&) {
      wait_a_little();
    } catch (const std::exception& error) {
      return warn_of(opened, error.what(), "open it again with the same terms");
    }
  }
}

/// Reading the log and walking along the sums may take minutes without a single command.
projections::SettlingOptions SettlementRunner::options_that_end() const {
  auto options = options_;
  options.progress = [this](domain::Position done, domain::Position total) {
    if (options_.progress) options_.progress(done, total);
    throw_if_ending();
  };
  options.at_sum = [this] {
    if (options_.at_sum) options_.at_sum();
    throw_if_ending();
  };
  return options;
}

void SettlementRunner::run(const Opened& opened) {
  Reader reader(location_);
  const projections::Execute execute = [this](eventstore::Request request) {
    throw_if_ending();
    return writer_.run(std::move(request));
  };
  const auto settled =
      projections::carry_on(reader.log(), reader.models, execute, opened.command, opened.actor, options_that_end());
  if (settled) return;
  const auto reason = settled.error().reason;
  warn_of(opened, fmt::format("{}: {}", code(reason), sentence(reason)), "open it with other terms");
}

}  // namespace upline::api
