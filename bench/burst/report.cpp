#include "bench/burst/report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::bench {

namespace {

using Json = nlohmann::ordered_json;

Step whole(const Replay& replay) { return steps_of(replay.samples, replay.seconds, 1).front(); }

double memory_max(const std::vector<Reading>& readings) {
  double most = 0;
  for (const auto& reading : readings) most = std::max(most, reading.memory_bytes);
  return most;
}

std::string grouped(double number) {
  auto text = fmt::format("{:.0f}", number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string number(std::size_t count) { return grouped(static_cast<double>(count)); }

std::string what_came(const Replay& replay) {
  const auto all = whole(replay);
  auto peak = fmt::format("{} buyers/s", grouped(replay.peak));
  if (replay.knee > 0) {
    peak += fmt::format(" = {:.1f} × the knee of {}/s", replay.peak / replay.knee, grouped(replay.knee));
  }
  return fmt::format(
      "{} offered, {} sold, {} shed, {} failed; peak {}; sold within p50 {:.1f}, p99 {:.0f}, p99.9 {:.0f} ms",
      number(all.offered()), number(all.sold.count()), number(all.shed.count()), number(all.failed), peak,
      all.sold.percentile(50), all.sold.percentile(99), all.sold.percentile(99.9));
}

std::string where(const Replay& replay) {
  const auto& shop = replay.shop;
  const auto busy = [&](double seconds) { return fmt::format("{:.1f}", seconds / replay.cpu_seconds); };
  return fmt::format(
      "{} orders of history ({} events, {:.1f} GB), {} members, {} products; busy of {} cores: server {}, "
      "buyers {}, others {}",
      grouped(shop.orders), grouped(static_cast<double>(shop.events)), static_cast<double>(shop.bytes) / 1e9,
      number(shop.members), number(shop.products), replay.cores, busy(replay.cpu.server), busy(replay.cpu.own),
      busy(replay.cpu.others));
}

Json json_of(const Latencies& latencies) {
  return {{"p50", latencies.percentile(50)},
          {"p90", latencies.percentile(90)},
          {"p99", latencies.percentile(99)},
          {"p99.9", latencies.percentile(99.9)},
          {"slowest", latencies.percentile(100)}};
}

Json json_of(const Step& step, const Replay& replay) {
  return {{"second", step.begin},
          {"time_of_day", time_of_day(step.begin, replay.seconds)},
          {"seconds", step.seconds},
          {"offered", step.offered()},
          {"sold", step.sold.count()},
          {"shed", step.shed.count()},
          {"failed", step.failed},
          {"sold_ms", json_of(step.sold)},
          {"shed_ms", json_of(step.shed)},
          {"waiting_max", step.waiting_max},
          {"lag_ms_max", lag_max(replay.readings, step.begin, step.begin + step.seconds)}};
}

std::string row(const Step& step, const Replay& replay) {
  const auto rate = [&](std::size_t buyers) { return grouped(step.per_second(buyers)); };
  const auto took = [&](double percent) {
    return step.sold.count() == 0 ? std::string("-") : fmt::format("{:.1f}", step.sold.percentile(percent));
  };
  return fmt::format("| {:>5.1f} | {} | {:>6} | {:>6} | {:>6} | {:>6} | {:>6} | {:>6} | {:>6} | {:>5} | {:>5.0f} |\n",
                     step.begin, time_of_day(step.begin, replay.seconds), rate(step.offered()), rate(step.sold.count()),
                     rate(step.shed.count()), took(50), took(90), took(99), took(99.9),
                     grouped(static_cast<double>(step.waiting_max)),
                     lag_max(replay.readings, step.begin, step.begin + step.seconds));
}

}  // namespace

std::string time_of_day(double second, double seconds) {
  constexpr double minutes_a_day = 24 * 60;
  const auto minute = std::lround(second / seconds * minutes_a_day);
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

double lag_max(const std::vector<Reading>& readings, double from, double to) {
  double most = 0;
  for (const auto& reading : readings) {
    if (reading.second >= from && reading.second < to) most = std::max(most, reading.lag_ms);
  }
  return most;
}

std::vector<std::string> summary(const Replay& replay) { return {what_came(replay), where(replay)}; }

std::string table(const Replay& replay, std::size_t steps) {
  std::string text =
      "|   s   | day   | offered/s | sold/s | shed/s | p50 ms | p90 ms | p99 ms | p99.9 ms | waiting | lag ms |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const auto& step : steps_of(replay.samples, replay.seconds, steps)) text += row(step, replay);
  return text;
}

std::string json(const Replay& replay, std::size_t steps) {
  auto rows = Json::array();
  for (const auto& step : steps_of(replay.samples, replay.seconds, steps)) rows.push_back(json_of(step, replay));
  const auto& shop = replay.shop;
  const auto all = whole(replay);
  const Json document{
      {"day", replay.day},
      {"seconds", replay.seconds},
      {"knee_per_second", replay.knee},
      {"peak_per_second", replay.peak},
      {"cores", replay.cores},
      {"shop_before",
       {{"orders", shop.orders},
        {"events", shop.events},
        {"bytes", shop.bytes},
        {"members", shop.members},
        {"products", shop.products}}},
      {"payments_shed_and_paid_again", replay.payments_shed},
      {"cpu_seconds", {{"server", replay.cpu.server}, {"buyers", replay.cpu.own}, {"others", replay.cpu.others}}},
      {"server_memory_bytes_max", memory_max(replay.readings)},
      {"total", json_of(all, replay)},
      {"steps", std::move(rows)}};
  return document.dump(1) + "\n";
}

}  // namespace upline::bench
