#include "api/parked_reads.hpp"

#include "eventstore/thread_name.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace upline::api {

ParkedReads::ParkedReads(std::size_t reads_max) : reads_max_(reads_max), thread_([this] { expire_until_ended(); }) {}

ParkedReads::~ParkedReads() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool ParkedReads::park(domain::Position until, Clock::time_point deadline, Resume resume) {
  const std::scoped_lock lock(mutex_);
  if (reads_.size() >= reads_max_) return false;
  reads_.push_back({until, deadline, std::move(resume)});
  if (deadline < look_at_) {
    look_at_ = deadline;
    changed_.notify_all();
  }
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

void ParkedReads::expire_until_ended() {
  eventstore::name_this_thread("deadlines");
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (look_at_ == Clock::time_point::max()) {
      changed_.wait(lock);
    } else if (Clock::now() < look_at_) {
      changed_.wait_until(lock, look_at_);
    } else {
      expire(lock);
    }
  }
}

/// Reads whose position was reached have left meanwhile: then there is nobody to call, and a later time to look again.
void ParkedReads::expire(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  release({}, Clock::now());
  lock.lock();
  look_at_ = Clock::time_point::max();
  for (const auto& read : reads_) look_at_ = std::min(look_at_, read.deadline);
}

std::size_t ParkedReads::size() const {
  const std::scoped_lock lock(mutex_);
  return reads_.size();
}

}  // namespace upline::api
