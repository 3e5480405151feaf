// How fast a shop's log is turned into read models anew, and how fast it is verified: what comes from the log alone
// (hashes, tree, identities of the books), and the comparison of the read models apart. With --step, what carrying the
// read models on costs, as a server does: the last part of the log, in steps of so many events. Says so in JSON.
#include "eventstore/shop.hpp"
#include "projections/verification.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

double rate(std::uint64_t events, Clock::duration took) { return static_cast<double>(events) / Seconds(took).count(); }

/// The log is read to its end first; then progress begins anew, with the comparison.
class Phases {
 public:
  void note(domain::Position at) {
    if (at < last_) compared_from_ = Clock::now();
    last_ = at;
  }
  Clock::duration of_log() const { return compared_from_ - began_; }
  Clock::duration of_comparing() const { return Clock::now() - compared_from_; }
  bool are_known() const { return compared_from_ != Clock::time_point{}; }

 private:
  Clock::time_point began_{Clock::now()};
  Clock::time_point compared_from_{};
  domain::Position last_{};
};

nlohmann::ordered_json measure(const eventstore::ShopLocation& location) {
  eventstore::Shop shop(location);
  projections::ReadModels models(shop.store(), location.views());
  const auto events = shop.store().head().position.value;
  const auto began = Clock::now();
  models.rebuild();
  const auto rebuilt = Clock::now() - began;
  Phases phases;
  const auto found = projections::verify(shop.store(), &shop.vault(), models,
                                         [&](domain::Position at, domain::Position) { phases.note(at); });
  if (!found.all_is_well()) throw std::runtime_error("upline verify would find something");
  if (!phases.are_known()) throw std::runtime_error("too few events to tell the log from the views");
  return {{"events", events},
          {"rebuild_events_per_s", rate(events, rebuilt)},
          {"verify_events_per_s", rate(events, phases.of_log())},
          {"compare_events_per_s", rate(events, phases.of_comparing())}};
}

struct Stepping {
  std::uint64_t step{};           // events
  std::string view{};             // empty: all of them
  std::uint64_t events{300'000};  // of the end of the log
};

std::vector<const projections::Projection*> chosen(const std::string& view) {
  std::vector<const projections::Projection*> all;
  for (const auto* projection : projections::all_projections()) {
    if (view.empty() || projection->name() == view) all.push_back(projection);
  }
  return all;
}

/// Of this process, in all of its threads.
double cpu_us() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

/// Bytes that this process handed to the kernel.
double written() {
  std::ifstream io("/proc/self/io");
  for (std::string name, value; io >> name >> value;) {
    if (name == "wchar:") return std::stod(value);
  }
  return 0;
}

/// In a folder of its own beside the shop's, which goes away again.
nlohmann::ordered_json measure_steps(const eventstore::ShopLocation& location, const Stepping& stepping) {
  eventstore::Shop shop(location);
  const auto folder = location.folder() / "views-in-steps";
  fs::remove_all(folder);
  nlohmann::ordered_json told;
  {
    const auto views = chosen(stepping.view);
    projections::ReadModels models(shop.store(), folder, views);
    const auto last = shop.store().head().position.value;
    auto at = last > stepping.events ? last - stepping.events : 0;
    models.catch_up_to({at});
    const auto events = static_cast<double>(last - at);
    const auto cpu = cpu_us();
    const auto bytes = written();
    Clock::duration longest{};
    while (at < last) {
      const auto began = Clock::now();
      at = std::min(at + stepping.step, last);
      models.catch_up_to({at});
      longest = std::max(longest, Clock::now() - began);
    }
    told = {{"step", stepping.step},
            {"cpu_us_an_event", (cpu_us() - cpu) / events},
            {"written_an_event", (written() - bytes) / events},
            {"longest_step_ms", Seconds(longest).count() * 1000}};
  }
  fs::remove_all(folder);
  return told;
}

}  // namespace

int main(int argc, char** argv) try {
  fs::path data;
  CLI::App app("Rebuilds the read models of a shop, and verifies it.");
  app.add_option("data", data, "The folder of the shop `bench`")->required();
  Stepping stepping;
  app.add_option("--step", stepping.step, "events that are taken in at once, as by a server")
      ->check(CLI::PositiveNumber);
  app.add_option("--view", stepping.view, "one read model alone; with --step");
  app.add_option("--events", stepping.events, "of the end of the log, default 300000; with --step");
  CLI11_PARSE(app, argc, argv);
  const eventstore::ShopLocation location{data, "bench", data / "vault.key"};
  std::cout << (stepping.step > 0 ? measure_steps(location, stepping) : measure(location)) << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_views: " << error.what() << '\n';
  return EXIT_FAILURE;
}
