#include "api/open_files.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/resource.h>

namespace upline::api {

namespace {

/// For the files of the shops, those who are told that there are too many, and listeners.
constexpr std::size_t files_beside = 1024;

}  // namespace

std::size_t allow_connections(std::size_t wanted, const std::function<void(const std::string&)>& warn) {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const ::rlim_t needed = wanted + files_beside;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min(limit.rlim_max, needed);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  const auto files = static_cast<std::size_t>(limit.rlim_cur);
  const auto possible = std::max(files / 2, files - std::min(files, files_beside));
  if (warn) {
    warn(fmt::format("{} connections are more than this process may open files for; it takes {}, raise 'ulimit -n'",
                     wanted, possible));
  }
  return possible;
}

}  // namespace upline::api
