// The peak of a real day against a shop with a history: buyers come as the requests of that day did, compressed,
// whether those before them are served or not. Finds the knee first, so that the peak can be a multiple of it.

#include "bench/burst/chart.hpp"
#include "bench/burst/curve.hpp"
#include "bench/burst/knee.hpp"
#include "bench/burst/report.hpp"
#include "bench/burst/standing_shop.hpp"
#include "bench/load/served_shop.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline::bench;
using std::chrono::duration;
using upline::eventstore::Role;

constexpr double knee_p99_ms_max = 250;  // the promise of docs/api/peak.md

struct Options {
  Programs programs{.upline = "build/release/upline", .make_history = "build/release/bench/bench_make_history"};
  fs::path curve{"bench/traces/worldcup98-1998-07-07.csv"};
  std::string day{"7 July 1998"};
  fs::path shop{};
  fs::path scratch{"build"};
  std::uint64_t orders{1'000'000};
  double seconds{120};
  double knee{0};
  double knee_times{2};
  double peak{0};
  double first_rate{400};
  double last_rate{100'000};
  double step_seconds{3};
  std::size_t connections{900};
  std::size_t steps{48};
  bool verifies{true};
  fs::path svg{"build/burst.svg"};
  fs::path json{"build/burst.json"};
};

/// The shop's folder: one that is there, or one that is made, and taken away where nobody asked for it to stay.
class Folder {
 public:
  explicit Folder(const Options& options)
      : path_(options.shop.empty() ? options.scratch / fmt::format("burst-{}", ::getpid()) : options.shop),
        stays_(!options.shop.empty()) {
    if (fs::exists(path_ / "bench")) return;
    std::cout << fmt::format("makes a shop of {} orders in {}\n", options.orders, path_.string()) << std::flush;
    make_standing_shop(options.programs, path_, options.orders);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!stays_) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool stays_;
};

class Burst {
 public:
  explicit Burst(const Options& options)
      : options_(options),
        folder_(options),
        shop_(folder_.path()),
        storefront_(shop_.make_token(Role::storefront)),
        merchant_(shop_.make_token(Role::merchant)),
        server_(options.programs.upline, folder_.path(), merchant_) {
    replay_ = {.day = options.day, .seconds = options.seconds, .knee = options.knee};
    replay_.cores = std::max(1U, std::thread::hardware_concurrency());
    replay_.shop = {
        .events = shop_.events(), .bytes = shop_.bytes(), .members = shop_.members(), .products = shop_.products()};
    server_.start(cores(0, replay_.cores));
    replay_.shop.orders = caught_up().orders;
    generator_.emplace(server_.port(), options.connections, generator_threads);
  }

  void measure() {
    replay_.peak = peak();
    replay();
    std::cout << fmt::format("{} in {} s\n{}\n\n{}\n", replay_.day, replay_.seconds, fmt::join(summary(replay_), "\n"),
                             table(replay_, options_.steps))
              << std::flush;
    write(options_.svg, chart(replay_));
    write(options_.json, json(replay_, options_.steps));
    server_.stop();
    check();
  }

 private:
  static constexpr std::size_t generator_threads = 2;

  /// Keys for so many buyers, and nothing left to do from bringing them.
  void stock(double buyers) {
    shop_.stock(buyers);
    caught_up();
  }

  /// What /metrics says once the read models have all of the log.
  Reading caught_up() const {
    const auto head = static_cast<double>(shop_.events());
    for (;;) {
      const auto reading = read_metrics(server_.port(), merchant_);
      if (reading.log_position >= head && reading.lag_positions == 0) return reading;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }

  Result run(std::vector<Phase> phases) {
    auto result = generator_->run({.name = fmt::format("burst-{:x}-{}", ::time(nullptr), runs_++),
                                   .phases = std::move(phases),
                                   .basket = [this](std::size_t number) { return shop_.basket_of(number); },
                                   .token = storefront_});
    sold_.insert(sold_.end(), result.sold.begin(), result.sold.end());
    for (const auto& [what, count] : result.failures) std::cout << fmt::format("FAILED {} times: {}\n", count, what);
    has_failed_ = has_failed_ || !result.failures.empty();
    return result;
  }

  double peak() {
    if (options_.peak > 0) return options_.peak;
    if (replay_.knee == 0) {
      replay_.knee = find_knee(options_.first_rate, options_.last_rate, [this](double rate) { return sustains(rate); });
      std::cout << fmt::format("knee: {:.0f} orders/s (place and pay), p99 under {:.0f} ms, less than 1 % shed\n",
                               replay_.knee, knee_p99_ms_max);
    }
    return replay_.knee * options_.knee_times;
  }

  bool sustains(double rate) {
    stock(rate * options_.step_seconds);
    const auto result = run({{rate, duration<double>(options_.step_seconds)}});
    const auto all = steps_of(result.samples, options_.step_seconds, 1).front();
    std::cout << fmt::format("  {:.0f} buyers/s: {} sold, {} shed, p99 {:.1f} ms\n", rate, all.sold.count(),
                             all.shed.count(), all.sold.percentile(99))
              << std::flush;
    return all.failed == 0 && all.shed.count() * 100 < all.offered() && all.sold.percentile(99) < knee_p99_ms_max;
  }

  void replay() {
    const auto phases = compressed(read_curve(options_.curve), duration<double>(options_.seconds), replay_.peak);
    stock(buyers_in(phases));
    const auto before = cpu_time(server_.process());
    const auto began = Clock::now();
    Watch watch(server_.port(), merchant_);
    auto result = run(phases);
    replay_.readings = watch.end();
    const auto after = cpu_time(server_.process());
    replay_.cpu_seconds = duration<double>(Clock::now() - began).count();
    replay_.cpu = {after.server - before.server, after.own - before.own, after.others - before.others};
    replay_.samples = std::move(result.samples);
    replay_.payments_shed = result.payments_shed;
  }

  void check() const {
    if (has_failed_) throw std::runtime_error("requests failed that were neither served nor shed");
    if (sold_.empty()) throw std::runtime_error("nothing was sold");
    server_.check(sold_, options_.verifies);
    std::cout << fmt::format("{} orders answered with keys, none lost, no key twice{}\n", sold_.size(),
                             options_.verifies ? "; upline verify finds nothing wrong" : "");
  }

  static void write(const fs::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush()) throw std::runtime_error(fmt::format("{} cannot be written", file.string()));
  }

  const Options& options_;
  Folder folder_;
  StandingShop shop_;
  std::string storefront_;
  std::string merchant_;
  ServedShop server_;
  std::optional<Generator> generator_;
  Replay replay_;
  std::size_t runs_{};
  std::vector<std::pair<std::string, std::string>> sold_;
  bool has_failed_{};
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--program", options.programs.upline, "upline (default build/release/upline)");
  app.add_option("--make-history", options.programs.make_history, "default build/release/bench/bench_make_history");
  app.add_option("--curve", options.curve, "A table minute,requests (default: bench/traces/)");
  app.add_option("--day", options.day, "What the curve is called");
  app.add_option("--shop", options.shop, "A data folder with a shop `bench`: used in place, made where it is missing");
  app.add_option("--scratch", options.scratch, "Where a shop is made, and taken away, without --shop (default build)");
  app.add_option("--orders", options.orders, "Of the history that is made (default 1000000)");
  app.add_option("--seconds", options.seconds, "That the day is compressed to (default 120)");
  app.add_option("--knee", options.knee, "Orders a second, where it is known");
  app.add_option("--knee-times", options.knee_times, "The peak, as a multiple of the knee (default 2)");
  app.add_option("--peak", options.peak, "The peak in buyers a second, whatever the knee");
  app.add_option("--first-rate", options.first_rate, "The knee is looked for from here on (default 400)");
  app.add_option("--last-rate", options.last_rate, "and to here");
  app.add_option("--step-seconds", options.step_seconds, "How long each rate is tried (default 3)");
  app.add_option("--connections", options.connections, "Kept open by the buyers (default 900)");
  app.add_option("--steps", options.steps, "Rows of the table (default 48)");
  app.add_flag("!--no-verify", options.verifies, "Leave `upline verify` out at the end");
  app.add_option("--svg", options.svg, "Where the picture goes (default build/burst.svg)");
  app.add_option("--json", options.json, "Where all figures go (default build/burst.json)");
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app("A real day's curve of buyers against a shop with a history.");
  app.footer(
      "Examples:\n"
      "  bench/run --burst\n"
      "  bench/run --burst --shop build/shop-of-10m --orders 10000000\n"
      "  bench/run --burst --shop build/shop-of-10m --peak 12000 --seconds 240 --svg day.svg");
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  Burst(options).measure();
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_burst: " << error.what() << '\n';
  return EXIT_FAILURE;
}
