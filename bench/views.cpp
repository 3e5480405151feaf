// How fast a shop's log is turned into read models anew, and how fast it is verified: what comes from the log alone
// (hashes, tree, identities of the books), and the comparison of the read models apart. Says so in JSON.
#include "eventstore/shop.hpp"
#include "projections/verification.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

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

}  // namespace

int main(int argc, char** argv) try {
  fs::path data;
  CLI::App app("Rebuilds the read models of a shop, and verifies it.");
  app.add_option("data", data, "The folder of the shop `bench`")->required();
  CLI11_PARSE(app, argc, argv);
  std::cout << measure({data, "bench", data / "vault.key"}) << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_views: " << error.what() << '\n';
  return EXIT_FAILURE;
}
