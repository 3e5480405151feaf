// A server under load: orders placed and paid over HTTP by buyers who come at a fixed rate. Finds the knee, goes to
// twice that, and back.

#include "bench/load/generator.hpp"
#include "bench/load/served_shop.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline::bench;
using std::chrono::duration;
using std::chrono::seconds;

constexpr double accepted_p99_ms_max = 250;  // the promise

struct Options {
  std::string program{"build/release/upline"};
  fs::path scratch{"."};
  std::vector<std::size_t> cores{2, 4};
  std::size_t connections{900};
  std::size_t keys{500'000};
  double first_rate{400};
  double last_rate{100'000};
  double step_seconds{3};
  double burst_seconds{5};
  double recovery_seconds{6};
};

/// Of the buyers who came from..to of the run.
struct Summary {
  Summary(const Result& result, duration<double> from, duration<double> to) {
    for (const auto& sample : result.samples) {
      if (sample.meant_at < from || sample.meant_at >= to) continue;
      if (sample.fate == Fate::failed) ++failed;
      if (sample.fate != Fate::failed) (sample.fate == Fate::sold ? sold : shed).add(sample.took);
    }
    sold.sort();
    shed.sort();
  }

  std::size_t buyers() const { return sold.count() + shed.count() + failed; }

  Latencies sold{};
  Latencies shed{};
  std::size_t failed{};
};

std::string text_of(const Latencies& latencies) {
  return fmt::format("p50 {:.1f}, p90 {:.1f}, p99 {:.1f}, p99.9 {:.1f} ms", latencies.percentile(50),
                     latencies.percentile(90), latencies.percentile(99), latencies.percentile(99.9));
}

void tell(const std::string& what, const Summary& of, double lasts) {
  std::cout << fmt::format("  {:24} {:6.0f} sold/s: {}", what, static_cast<double>(of.sold.count()) / lasts,
                           text_of(of.sold));
  if (of.shed.count() > 0) {
    std::cout << fmt::format("; {:.0f} shed/s: {}", static_cast<double>(of.shed.count()) / lasts, text_of(of.shed));
  }
  std::cout << (of.failed > 0 ? fmt::format("; {} FAILED\n", of.failed) : "\n") << std::flush;
}

class Bench {
 public:
  Bench(const Options& options, std::size_t cores_count) : options_(options), cores_(cores_count) {
    const auto all = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    is_apart_ = cores_ < all;
    shop_.emplace(options.program, options.scratch / fmt::format("upline-load-{}", ::getpid()), members, options.keys);
    shop_->start(cores(0, std::min(cores_, all)));
    const auto own = is_apart_ ? cores(cores_, all - cores_) : cores(0, all);
    ::sched_setaffinity(0, sizeof own, &own);
    generator_.emplace(shop_->port(), options.connections, generator_threads);
  }

  void measure() {
    std::cout << fmt::format("server on {} cores, generator on {}:\n", cores_, is_apart_ ? "the others" : "the same");
    const auto knee = find_knee();
    std::cout << fmt::format("  knee: {:.0f} orders/s (place and pay), p99 under {:.0f} ms, less than 1 % shed\n", knee,
                             accepted_p99_ms_max);
    overload(knee);
    shop_->stop();
    shop_->check(sold_);
    std::cout << fmt::format("  {} orders answered with keys, none lost, no key twice; verify finds nothing wrong\n",
                             sold_.size());
    if (has_failed_) throw std::runtime_error("requests failed that were neither served nor shed");
  }

 private:
  static constexpr std::size_t members = 20'000;
  static constexpr std::size_t generator_threads = 2;

  Result run_phases(std::vector<Phase> phases) {
    auto result =
        generator_->run({.name = fmt::format("r{}", runs_++), .members = members, .phases = std::move(phases)});
    sold_.insert(sold_.end(), result.sold.begin(), result.sold.end());
    has_failed_ = has_failed_ || !result.failures.empty();
    for (const auto& [what, count] : result.failures) std::cout << fmt::format("  FAILED {} times: {}\n", count, what);
    return result;
  }

  bool is_sustained(double rate) {
    const duration<double> lasts(options_.step_seconds);
    const Summary all(run_phases({{rate, lasts}}), duration<double>(0), lasts);
    tell(fmt::format("{:.0f} buyers/s", rate), all, options_.step_seconds);
    return all.failed == 0 && all.shed.count() * 100 < all.buyers() && all.sold.percentile(99) < accepted_p99_ms_max;
  }

  /// Up by half until it is too much, then to the middle, twice.
  double find_knee() {
    is_sustained(options_.first_rate);  // warms up
    auto good = options_.first_rate;
    auto bad = good;
    while (is_sustained(bad)) {
      good = bad;
      bad *= 1.5;
      if (bad > options_.last_rate) return good;
    }
    for (int i = 0; i < 2; ++i) {
      const auto middle = (good + bad) / 2;
      (is_sustained(middle) ? good : bad) = middle;
    }
    return good;
  }

  void overload(double knee) {
    const auto burst = options_.burst_seconds;
    const auto after = options_.recovery_seconds;
    const auto before = options_.step_seconds;
    const auto normal = knee * 0.7;
    const auto result = run_phases(
        {{normal, duration<double>(before)}, {2 * knee, duration<double>(burst)}, {normal, duration<double>(after)}});
    const auto part = [&](double from, double to) {
      return Summary(result, duration<double>(from), duration<double>(to));
    };
    tell(fmt::format("before: {:.0f} buyers/s", normal), part(0, before), before);
    const auto peak = part(before, before + burst);
    tell(fmt::format("peak: {:.0f} buyers/s", 2 * knee), peak, burst);
    const bool is_kept = peak.sold.percentile(99) < accepted_p99_ms_max && result.failures.empty();
    double recovered = after;
    for (double second = after; second-- > 0;) {
      const auto window = part(before + burst + second, before + burst + second + 1);
      if (window.shed.count() + window.failed > 0 || window.sold.percentile(99) >= accepted_p99_ms_max) break;
      recovered = second;
    }
    tell(fmt::format("after: {:.0f} buyers/s", normal), part(before + burst, before + burst + after), after);
    std::cout << fmt::format("  accepted p99 at twice the knee: {:.1f} ms ({}); payments shed and paid again: {}\n",
                             peak.sold.percentile(99), is_kept ? "kept" : "NOT KEPT", result.payments_shed);
    std::cout << fmt::format("  recovered (nothing shed, p99 under {:.0f} ms) {} s after the peak\n",
                             accepted_p99_ms_max, recovered);
  }

  const Options& options_;
  std::size_t cores_;
  bool is_apart_{};
  std::optional<ServedShop> shop_;
  std::optional<Generator> generator_;
  std::size_t runs_{};
  std::vector<std::pair<std::string, std::string>> sold_;
  bool has_failed_{};
};

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app("Orders over HTTP at a fixed rate: the knee, twice the knee, and after it.");
  app.add_option("--program", options.program, "upline (default build/release/upline)");
  app.add_option("--scratch", options.scratch, "Where the shops are made (a real disk, for durable commits)");
  app.add_option("--cores", options.cores, "Cores of the server; the generator has the others, or shares all");
  app.add_option("--connections", options.connections, "Kept open by the generator");
  app.add_option("--keys", options.keys, "In stock: one for each order to come");
  app.add_option("--first-rate", options.first_rate, "Buyers a second to begin with");
  app.add_option("--last-rate", options.last_rate, "No more buyers a second than that, but for the peak");
  app.add_option("--step-seconds", options.step_seconds, "How long each rate is tried");
  app.add_option("--burst-seconds", options.burst_seconds, "How long the peak lasts");
  app.add_option("--recovery-seconds", options.recovery_seconds, "How long what follows is watched");
  CLI11_PARSE(app, argc, argv);
  for (const auto count : options.cores) Bench(options, count).measure();
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_load: " << error.what() << '\n';
  return EXIT_FAILURE;
}
