#include "api/process_metrics.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace upline::api {

namespace {

void add_one(MetricFamilies& families, MetricFamilyBuilder family, std::optional<double> value) {
  if (!value) return;
  family.add({}, *value);
  std::move(family).finish(families);
}

double seconds(const ::timeval& time) {
  constexpr double microseconds_per_second = 1e6;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / microseconds_per_second;
}

std::optional<double> cpu_seconds() {
  ::rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<double> resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all{};
  std::uint64_t resident{};
  if (!(file >> all >> resident)) return std::nullopt;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::optional<double> open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(files), end(files)));
}

std::optional<double> open_files_max() {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

/// The 22nd field of the process's line, in ticks since the machine started; the name before them may hold anything.
std::optional<double> started_at() {
  std::ifstream own("/proc/self/stat");
  std::string line;
  std::getline(own, line);
  line.erase(0, line.rfind(')') + 1);
  std::ifstream uptime_file("/proc/uptime");
  double uptime{};
  if (line.empty() || !(uptime_file >> uptime)) return std::nullopt;
  constexpr int fields_between = 19;
  std::size_t at = 0;
  for (int i = 0; i <= fields_between && at != std::string::npos; ++i) at = line.find(' ', at + (i > 0 ? 1 : 0));
  if (at == std::string::npos) return std::nullopt;
  const auto ticks = std::strtod(line.c_str() + at, nullptr);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return now - uptime + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

void add_process_metrics(MetricFamilies& families) {
  static const auto start_time = started_at();  // computed anew it would waver
  add_one(families, counter_family("process_cpu_seconds_total", "User and system time spent, in seconds."),
          cpu_seconds());
  add_one(families, gauge_family("process_resident_memory_bytes", "Resident memory size in bytes."), resident_bytes());
  add_one(families, gauge_family("process_open_fds", "Number of open file descriptors."), open_files());
  add_one(families, gauge_family("process_max_fds", "Maximum number of open file descriptors."), open_files_max());
  add_one(families, gauge_family("process_start_time_seconds", "Start of the process, in seconds since 1970."),
          start_time);
}

}  // namespace upline::api
