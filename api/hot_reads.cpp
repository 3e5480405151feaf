#include "api/hot_reads.hpp"

#include "api/projector.hpp"
#include "api/routes.hpp"
#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace upline::api {

namespace {

/// How often other processes' commits are looked for.
constexpr std::chrono::milliseconds poll_every{5};

/// Beyond so many that wait for memory, reads go the usual way, where they may be shed.
constexpr std::size_t waiting_max = 4096;

Response to_response(HotAnswer answer) {
  Response response{.headers = {{"Upline-Position", std::to_string(answer.position.value)}},
                    .body = std::move(answer.body)};
  if (answer.tag.empty()) return response;
  response.headers.push_back({"ETag", std::move(answer.tag)});
  response.headers.push_back({"Cache-Control", "private, no-cache"});
  return response;
}

Read stock_read() {
  for (const auto& route : routes().routes()) {
    if (route.method == "GET" && route.path == "/v1/shops/{shop}/stock") return std::get<Read>(route.handler.action);
  }
  std::unreachable();
}

}  // namespace

HotReads::HotReads(eventstore::ShopLocation location, const eventstore::Writer& writer)
    : location_(std::move(location)), writer_(writer), keeper_(location_, memory_.tree(), memory_.balances()) {
  follow();
  thread_ = std::thread([this] { follow_until_ended(); });
}

HotReads::~HotReads() { stop(); }

void HotReads::stop() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  keeper_.stop();
  finish(take_all(false));
  finish(take_all(true));
}

void HotReads::answer(HotRead read, std::chrono::steady_clock::time_point deadline, Done done) {
  const auto committed = writer_.committed();
  // What lies beyond may be another process's, or may never come: the usual way knows how to wait for it.
  const bool is_known = read.at_least <= committed;
  read.at_least = std::max(read.at_least, committed);
  {
    const std::scoped_lock lock(mutex_);
    if (read.what == HotRead::What::stock) is_stock_asked_ = true;
    const bool may_wait = is_known && waiting_.size() < waiting_max && !ending_;
    if (!memory_.has_reached(read) && may_wait && std::chrono::steady_clock::now() < deadline) {
      is_asked_ = true;
      if (read.what == HotRead::What::stock && wake_for_stock_) wake_for_stock_();
      waiting_.push_back({std::move(read), deadline, std::move(done)});
      changed_.notify_all();
      return;
    }
  }
  auto found = memory_.find(read);
  done(found ? std::optional(to_response(std::move(*found))) : std::nullopt);
}

/// False where the log cannot be read now: the usual way says what is wrong.
bool HotReads::follow() try {
  if (!shop_) shop_.emplace(location_);
  memory_.follow(shop_->store(), [this] { finish_some(); });
  return true;
} catch (const std::exception&) {
  return false;
}

void HotReads::follow_until_ended() {
  eventstore::name_this_thread("memory");
  std::unique_lock lock(mutex_);
  while (!ending_) {
    is_asked_ = false;
    lock.unlock();
    finish(follow() ? take_ready() : take_all(false));
    finish(take_late());
    lock.lock();
    changed_.wait_for(lock, poll_every, [this] { return ending_ || is_asked_; });
  }
}

HotReads::Waiters HotReads::take_ready() {
  return take([this](const Waiting& waiting) { return memory_.has_reached(waiting.read); });
}

HotReads::Waiters HotReads::take_late() {
  const auto now = std::chrono::steady_clock::now();
  return take([now](const Waiting& waiting) { return waiting.deadline <= now; });
}

HotReads::Waiters HotReads::take_all(bool of_stock) {
  return take([of_stock](const Waiting& waiting) { return (waiting.read.what == HotRead::What::stock) == of_stock; });
}

HotReads::Waiters HotReads::take(const std::function<bool(const Waiting&)>& which) {
  const std::scoped_lock lock(mutex_);
  const auto taken = std::ranges::partition(waiting_, [&](const Waiting& waiting) { return !which(waiting); });
  Waiters waiters(std::move_iterator(taken.begin()), std::move_iterator(taken.end()));
  waiting_.erase(taken.begin(), taken.end());
  return waiters;
}

void HotReads::finish(Waiters waiters) {
  for (auto& [read, deadline, done] : waiters) {
    auto found = memory_.find(read);
    done(found ? std::optional(to_response(std::move(*found))) : std::nullopt);
  }
}

/// Nobody waits for the end of a long way who is there already, or has no more time.
void HotReads::finish_some() {
  finish(take_ready());
  finish(take_late());
}

void HotReads::note_projected(Reader& reader, const Projected& projected) {
  keeper_.models_reached(projected.position);
  refresh_stock(reader, projected);
}

/// Makes it anew where somebody asked for it.
void HotReads::refresh_stock(Reader& reader, const Projected& projected) {
  if (memory_.has_reached({.what = HotRead::What::stock, .at_least = projected.position})) return;
  const bool is_waited_for = is_stock_waited_for();
  {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(is_stock_asked_, false) && !is_waited_for) return;
  }
  const Request nothing;
  const RouteMatch nowhere;
  const Caller nobody;
  memory_.put_stock({projected.position, projected.tag, stock_read()(reader, Call{nothing, nowhere, nobody}).body});
  finish(take_ready());
}

void HotReads::on_stock_wanted(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  wake_for_stock_ = std::move(wake);
}

bool HotReads::is_stock_waited_for() const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(waiting_,
                             [](const Waiting& waiting) { return waiting.read.what == HotRead::What::stock; });
}

void HotReads::give_up_stock() { finish(take_all(true)); }

}  // namespace upline::api
