// How fast a folder is imported into an empty shop, several times over, and how much memory that takes.

#include "eventstore/import/importer.hpp"
#include "eventstore/shop.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace upline;
using Seconds = std::chrono::duration<double>;

struct Run {
  double seconds{};
  double pen_us{};     // CPU time of the thread that writes, for a purchase
  double others_us{};  // of all others
  std::uint64_t purchases{};
  std::uint64_t rows{};
  std::uint64_t events{};
};

double cpu_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  constexpr double nanoseconds = 1e-9;
  return static_cast<double>(time.tv_sec) + nanoseconds * static_cast<double>(time.tv_nsec);
}

Run import_once(const std::string& folder, const fs::path& scratch, const eventstore::import::ImportOptions& options) {
  const auto data = scratch / fmt::format("upline-bench-{}", ::getpid());
  fs::remove_all(data);
  const eventstore::ShopLocation location{data, "bench", data / "vault.key"};
  eventstore::prepare_shop(location);
  Run run;
  {
    eventstore::Shop shop(location);
    const std::vector<eventstore::Request> open{
        {.command = domain::OpenShop{{"USD"}, eventstore::system_clock_now()}, .actor = "bench"}};
    shop.handler().execute(open);
    const auto begun = std::chrono::steady_clock::now();
    const auto pen = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    const auto all = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    const auto report = eventstore::import::import_folder(shop, folder, options);
    const auto pen_took = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - pen;
    const auto all_took = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
    const auto purchases = report.of(eventstore::import::ImportFile::purchases).imported;
    constexpr double microseconds = 1e6;
    run = {.seconds = Seconds(std::chrono::steady_clock::now() - begun).count(),
           .pen_us = microseconds * pen_took / static_cast<double>(purchases),
           .others_us = microseconds * (all_took - pen_took) / static_cast<double>(purchases),
           .purchases = purchases,
           .rows = report.rows_done,
           .events = report.events};
    if (report.rejects != 0) throw std::runtime_error(fmt::format("{} rows were rejected", report.rejects));
  }
  fs::remove_all(data);
  return run;
}

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string folder;
  std::string scratch = ".";
  int times = 3;
  eventstore::import::ImportOptions options;
  CLI::App app("Imports a folder into an empty shop and says how fast.");
  app.add_option("folder", folder)->required();
  app.add_option("--scratch", scratch, "where the shops are made (default: here; measure on a real disk)");
  app.add_option("--times", times, "default 3; the median is shown");
  app.add_option("--rows-per-commit", options.rows_per_commit, "default 4000");
  CLI11_PARSE(app, argc, argv);
  std::vector<Run> runs;
  runs.reserve(static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) runs.push_back(import_once(folder, scratch, options));
  std::ranges::sort(runs, {}, &Run::seconds);
  const auto& run = runs[runs.size() / 2];
  const auto rate = [&](std::uint64_t count) { return static_cast<double>(count) / run.seconds; };
  std::cout << fmt::format(
      "import: {} rows in {:.2f} s (median of {}, {:.2f}..{:.2f}): {:.0f} purchases/s, {:.0f} rows/s, {:.0f} events/s, "
      "peak memory {:.0f} MiB, CPU a purchase: pen {:.1f} us, other threads {:.1f} us\n",
      run.rows, run.seconds, times, runs.front().seconds, runs.back().seconds, rate(run.purchases), rate(run.rows),
      rate(run.events), peak_mib(), run.pen_us, run.others_us);
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "import_speed: " << error.what() << '\n';
  return EXIT_FAILURE;
}
