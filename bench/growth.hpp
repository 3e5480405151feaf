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

/// `make(size)` makes an empty log, which has commit(events), finish(), which waits for those, appended() and file().
/// One for each size is filled up to it; then they take turns, so that a busy moment of the machine meets all of them.
/// {"<size>": events per second, "bytes_an_event": of the largest one's file}.
template <class Make>
nlohmann::ordered_json grow(const Make& make, const GrowthPlan& plan) {
  using Clock = std::chrono::steady_clock;
  constexpr std::uint64_t filling = 10'000;  // events a commit
  constexpr std::uint64_t turns = 10;
  std::vector<decltype(make(std::uint64_t{}))> logs;
  for (const auto size : plan.sizes) {
    auto& log = *logs.emplace_back(make(size));
    while (log.appended() < size) log.commit(std::min(filling, std::max<std::uint64_t>(1, size - log.appended())));
    log.finish();
  }
  std::vector<std::uint64_t> events(logs.size());
  std::vector<std::chrono::duration<double>> took(logs.size());
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
      const auto before = logs[i]->appended();
      const auto began = Clock::now();
      while (logs[i]->appended() < before + plan.events / turns) logs[i]->commit(plan.events_a_commit);
      logs[i]->finish();
      took[i] += Clock::now() - began;
      events[i] += logs[i]->appended() - before;
    }
  }
  nlohmann::ordered_json told;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    told[std::to_string(plan.sizes[i])] = static_cast<double>(events[i]) / took[i].count();
  }
  told["bytes_an_event"] = static_cast<double>(std::filesystem::file_size(logs.back()->file())) /
                           static_cast<double>(logs.back()->appended());
  return told;
}

}  // namespace upline::bench
