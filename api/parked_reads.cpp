#include "api/parked_reads.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace upline::api {

bool ParkedReads::park(domain::Position until, Clock::time_point deadline, Resume resume) {
  const std::scoped_lock lock(mutex_);
  if (reads_.size() >= reads_max_) return false;
  reads_.push_back({until, deadline, std::move(resume)});
  return true;
}

void ParkedReads::release(domain::Position reached, Clock::time_point now) {
  std::vector<Read> released;
  {
    const std::scoped_lock lock(mutex_);
    const auto waits_on = [&](const Read& read) { return read.until > reached && read.deadline > now; };
    const auto done = std::ranges::partition(reads_, waits_on);
    std::ranges::move(done, std::back_inserter(released));
    reads_.erase(done.begin(), done.end());
  }
  for (auto& read : released) read.resume();
}

void ParkedReads::release_all() { release({std::numeric_limits<std::uint64_t>::max()}, Clock::time_point::max()); }

std::size_t ParkedReads::size() const {
  const std::scoped_lock lock(mutex_);
  return reads_.size();
}

}  // namespace upline::api
