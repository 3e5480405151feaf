#include "api/memory_keeper.hpp"

#include "api/balance_reading.hpp"
#include "api/reader.hpp"
#include "eventstore/thread_name.hpp"

#include <chrono>
#include <utility>

namespace upline::api {

namespace {

/// After a file was held by others, or could not be read.
constexpr std::chrono::seconds again_after{5};

/// How long the read models are waited for, once they were at the log's end.
constexpr std::chrono::seconds patience{5};

}  // namespace

MemoryKeeper::MemoryKeeper(eventstore::ShopLocation location, TreeMemory& tree, BalanceMemory& balances)
    : location_(std::move(location)), tree_(tree), balances_(balances), thread_([this] { work_until_ended(); }) {}

void MemoryKeeper::stop() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void MemoryKeeper::models_reached(domain::Position position) {
  const bool is_any_work = has_work();
  {
    const std::scoped_lock lock(mutex_);
    models_position_ = position;
    may_work_ = is_any_work;
    if (!may_work_ && !waits_) return;
  }
  changed_.notify_all();
}

bool MemoryKeeper::has_work() const {
  return tree_.needs_filling() || tree_.needs_settling() || balances_.is_any_wanted();
}

void MemoryKeeper::work_until_ended() {
  eventstore::name_this_thread("keeper");
  std::optional<Reader> reader;
  std::unique_lock lock(mutex_);
  while (!ending_) {
    changed_.wait(lock, [this] { return ending_ || may_work_; });
    may_work_ = false;
    if (ending_) return;
    lock.unlock();
    bool failed = false;
    try {
      work(reader);
    } catch (const std::exception&) {
      failed = true;  // whoever asks the read models is told what is wrong with them
    }
    lock.lock();
    if (failed) changed_.wait_for(lock, again_after, [this] { return ending_; });
  }
}

void MemoryKeeper::work(std::optional<Reader>& reader) {
  if (tree_.needs_settling()) tree_.settle();
  if (!tree_.needs_filling() && !balances_.is_any_wanted()) return;
  if (!reader) reader.emplace(location_);
  if (balances_.is_any_wanted()) fill_balances(*reader);
  if (tree_.needs_filling()) fill_tree(*reader);
}

/// False where they do not get there, or the server ends.
bool MemoryKeeper::wait_for_models(domain::Position position) {
  std::unique_lock lock(mutex_);
  waits_ = true;
  changed_.wait_for(lock, patience, [&] { return ending_ || models_position_ >= position; });
  waits_ = false;
  return !ending_ && models_position_ >= position;
}

void MemoryKeeper::fill_tree(Reader& reader) {
  const auto from = tree_.begin_filling();
  try {
    if (!wait_for_models(from)) return tree_.stop_filling();
    reader.models.catch_up_to(from);
    auto settled = reader.models.tree().settled(tree_.members_max());
    if (!settled) return tree_.give_up();
    tree_.fill(std::move(*settled));
  } catch (...) {
    tree_.stop_filling();
    throw;
  }
}

void MemoryKeeper::fill_balances(Reader& reader) {
  const auto wanted = balances_.begin_filling();
  try {
    if (wait_for_models(wanted.at_least)) {
      reader.models.catch_up_to(wanted.at_least);
      for (const auto& member : wanted.members) {
        if (!reader.models.tree().member({}, {member})) continue;
        balances_.fill(member, read_balance(reader, {member}, wanted.at_least, eventstore::system_clock_now()));
      }
    }
  } catch (...) {
    balances_.end_filling();
    throw;
  }
  balances_.end_filling();
}

}  // namespace upline::api
