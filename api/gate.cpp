#include "api/gate.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace upline::api {

namespace {

using Seconds = std::chrono::duration<double>;

/// Which part of the room each importance may fill, in percent. Payments may fill more than there is: they are few,
/// each follows an order that was let in, and refusing one is worse than its wait.
constexpr std::array<std::size_t, 4> share{25, 50, 75, 150};

/// The gate was never idle where at least this part of the room was in use all the time: what was answered meanwhile is
/// what can be answered.
constexpr std::size_t never_idle_part = 8;

/// How much the newest measure weighs against those before it.
constexpr double newest_weight = 0.3;

/// While there is time to rest, the room grows so much with every measure, up to so much of what was measured: a
/// machine that was busy with something else is soon trusted again.
constexpr double growth = 1.1;
constexpr double grown_max = 2;

}  // namespace

Gate::Gate(GateOptions options, SteadyClock clock)
    : options_(options), clock_(std::move(clock)), limit_(options.at_first), begun_(clock_()) {}

std::size_t Gate::room_for(Importance importance) const {
  return room() * share.at(static_cast<std::size_t>(importance)) / 100;
}

bool Gate::enter(Importance importance) {
  const auto room = room_for(importance);
  auto now_under_way = under_way_.load(std::memory_order_relaxed);
  do {
    if (now_under_way >= room) return false;
  } while (!under_way_.compare_exchange_weak(now_under_way, now_under_way + 1));
  if (now_under_way == 0) begin_measuring(clock_());
  return true;
}

void Gate::leave() {
  answered_.fetch_add(1, std::memory_order_relaxed);
  note_fewest(under_way_.fetch_sub(1) - 1);
  const auto now = clock_();
  if (now - begun_.load(std::memory_order_relaxed) >= options_.measure_every) measure(now);
}

/// That another thread may get in between costs no more than a measure that counts less or more.
void Gate::note_fewest(std::size_t under_way) {
  if (under_way < fewest_.load(std::memory_order_relaxed)) fewest_.store(under_way, std::memory_order_relaxed);
}

/// Time in which there was nothing to do is not measured.
void Gate::begin_measuring(Time now) {
  begun_.store(now, std::memory_order_relaxed);
  answered_.store(0, std::memory_order_relaxed);
  fewest_.store(under_way(), std::memory_order_relaxed);
}

void Gate::measure(Time now) {
  const std::unique_lock lock(measuring_, std::try_to_lock);
  if (!lock) return;
  const auto took = Seconds(now - begun_.load()).count();
  if (took < Seconds(options_.measure_every).count()) return;
  const auto per_second = static_cast<double>(answered_.load()) / took;
  const bool was_idle = fewest_.load() * never_idle_part < limit_.load();
  begin_measuring(now);
  if (!was_idle) return take_in(per_second);
  const auto in_time = answered_per_second_.load() * Seconds(options_.wait_max).count();
  const auto grown_to = in_time == 0.0 ? static_cast<double>(options_.at_first) : in_time * grown_max;
  const auto limit = static_cast<double>(limit_.load());
  if (limit < grown_to) limit_ = static_cast<std::size_t>(std::min(grown_to, limit * growth));
}

void Gate::take_in(double answered_per_second) {
  const auto before = answered_per_second_.load();
  const auto rate = before == 0.0 ? answered_per_second : before + newest_weight * (answered_per_second - before);
  answered_per_second_ = rate;
  const auto in_time = static_cast<std::size_t>(rate * Seconds(options_.wait_max).count());
  limit_ = std::clamp(in_time, options_.least, options_.most);
}

std::chrono::milliseconds Gate::expected_wait() const {
  const auto rate = answered_per_second_.load(std::memory_order_relaxed);
  if (rate == 0.0) return std::chrono::milliseconds{0};
  return std::chrono::duration_cast<std::chrono::milliseconds>(Seconds(static_cast<double>(under_way()) / rate));
}

}  // namespace upline::api
