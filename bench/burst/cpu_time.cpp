#include "bench/burst/cpu_time.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace upline::bench {

namespace {

double seconds_of(double ticks) { return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

/// User and system time of all its threads.
double of_process(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  constexpr int before_user_time = 11;
  std::string ignored;
  for (int i = 0; i < before_user_time; ++i) fields >> ignored;
  double user{};
  double system{};
  fields >> user >> system;
  return seconds_of(user + system);
}

/// Of all cores: everything but idling and waiting for the disk.
double of_machine() {
  std::ifstream file("/proc/stat");
  std::string name;
  double user{}, nice{}, system{}, idle{}, disk{}, interrupt{}, soft_interrupt{};
  file >> name >> user >> nice >> system >> idle >> disk >> interrupt >> soft_interrupt;
  return seconds_of(user + nice + system + interrupt + soft_interrupt);
}

}  // namespace

CpuTime cpu_time(pid_t server) {
  CpuTime time{.server = of_process(server), .own = of_process(::getpid())};
  time.others = of_machine() - time.server - time.own;
  return time;
}

}  // namespace upline::bench
