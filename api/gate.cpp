#include "api/gate.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace upline::api {

namespace {

using Seconds = std::chrono::duration<double>;

/// Which part of the room each importance may fill, in percent: what is above it is kept for those above.
constexpr std::array<std::size_t, 4> share{25, 50, 75, 100};

/// A measure counts where at least this part of the room was in use: of a gate with little to do it says nothing.
constexpr std::size_t busy_part = 4;

/// How much the newest measure weighs against those before it.
constexpr double newest_weight = 0.3;

}  // namespace

Gate::Gate(GateOptions options, SteadyClock clock)
    : options_(options), clock_(std::move(clock)), limit_(options.at_first), begun_(clock_()) {}

std::size_t Gate::room_for(Importance importance) const {
  return limit_.load(std::memory_order_relaxed) * share.at(static_cast<std::size_t>(importance)) / 100;
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
  const auto now = clock_();
  if (now - begun_.load(std::memory_order_relaxed) >= options_.measure_every) measure(now);
  under_way_.fetch_sub(1);
}

/// Time in which there was nothing to do is not measured.
void Gate::begin_measuring(Time now) {
  begun_.store(now, std::memory_order_relaxed);
  answered_.store(0, std::memory_order_relaxed);
}

void Gate::measure(Time now) {
  const std::unique_lock lock(measuring_, std::try_to_lock);
  if (!lock) return;
  const auto took = Seconds(now - begun_.load()).count();
  if (took < Seconds(options_.measure_every).count()) return;
  const auto newest = static_cast<double>(answered_.load()) / took;
  begin_measuring(now);
  if (under_way() * busy_part < limit_.load()) return;
  const auto before = answered_per_second_.load();
  const auto rate = before == 0.0 ? newest : before + newest_weight * (newest - before);
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
