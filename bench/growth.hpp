// How fast something appends when it holds so many events, at several sizes: the same for Upline's log and for what it
// is measured against.
#pragma once

#include "bench/ids.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace upline::bench {

struct GrowthPlan {
  std::uint64_t events_a_commit{1000};
  std::vector<std::uint64_t> sizes{0};  // at which it is measured
  std::uint64_t events{300'000};        // over which
};

inline void add_options(CLI::App& app, GrowthPlan& plan, IdOrder& ids) {
  app.add_option("--batch", plan.events_a_commit, "Events a commit")->capture_default_str();
  app.add_option("--sizes", plan.sizes, "Measured at so many events; filled up to there beforehand");
  app.add_option("--events", plan.events, "Over how many it is measured")->capture_default_str();
  app.add_option("--ids", ids, "time, random")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, IdOrder>{{"time", IdOrder::by_time}, {"random", IdOrder::random}}));
}

/// `log` has commit(events) and appended(). {"<size>": events per second, "bytes_an_event": of its file at the end}.
template <class Log>
nlohmann::ordered_json grow(Log& log, const GrowthPlan& plan, const std::filesystem::path& file) {
  constexpr std::uint64_t filling = 10'000;  // events a commit
  nlohmann::ordered_json told;
  for (const auto size : plan.sizes) {
    while (log.appended() < size) log.commit(std::min(filling, std::max<std::uint64_t>(1, size - log.appended())));
    const auto before = log.appended();
    const auto began = std::chrono::steady_clock::now();
    while (log.appended() < before + plan.events) log.commit(plan.events_a_commit);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    told[std::to_string(size)] = static_cast<double>(log.appended() - before) / took.count();
  }
  told["bytes_an_event"] = static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(log.appended());
  return told;
}

}  // namespace upline::bench
