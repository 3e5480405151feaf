#include "api/tree_memory.hpp"

#include "api/tree_text.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace upline::api {

using domain::Position;
using projections::LiveTree;

void TreeMemory::begin(Position position) {
  const std::scoped_lock lock(mutex_);
  position_ = position;
  if (state_ != State::given_up) state_ = State::wanted;
}

void TreeMemory::take_in(const domain::RecordedEvent& event) {
  if (auto change = projections::tree_change_of(event)) taken_.push_back(std::move(*change));
}

void TreeMemory::publish(Position position, std::string tag) {
  const auto taken = std::exchange(taken_, {});
  const std::scoped_lock lock(mutex_);
  if (is_recording_) recorded_.insert(recorded_.end(), taken.begin(), taken.end());
  if (state_ != State::there) {
    position_ = position;
    tag_ = std::move(tag);
    return;
  }
  try {
    for (const auto& change : taken) {
      if (change.bond.by > position_) tree_.apply(change);
    }
  } catch (const eventstore::DamagedStore&) {
    return drop(State::given_up);  // whoever asks the read model is told what is wrong
  }
  if (tree_.size() > bounds_.members) return drop(State::given_up);
  // Filled from a read model that was ahead: the tag of its position is not known.
  tag_ = position < position_ ? std::string() : std::move(tag);
  position_ = std::max(position_, position);
}

void TreeMemory::forget() {
  const std::scoped_lock lock(mutex_);
  taken_.clear();
  drop(State::unknown);
}

void TreeMemory::drop(State next) {
  is_recording_ = false;
  recorded_.clear();
  tree_ = {};
  state_ = next;
}

bool TreeMemory::needs_filling() const {
  const std::shared_lock lock(mutex_);
  return state_ == State::wanted;
}

Position TreeMemory::begin_filling() {
  begin_recording();
  const std::scoped_lock lock(mutex_);
  if (state_ == State::wanted) state_ = State::filling;
  return position_;
}

void TreeMemory::fill(projections::SettledTree tree) {
  const auto from = tree.position;
  replace(LiveTree(std::make_shared<const projections::ReferralLevels>(std::move(tree.levels))), from);
}

void TreeMemory::stop_filling() {
  const std::scoped_lock lock(mutex_);
  if (state_ == State::filling) drop(State::wanted);
}

void TreeMemory::give_up() {
  const std::scoped_lock lock(mutex_);
  drop(State::given_up);
}

bool TreeMemory::needs_settling() const {
  const std::shared_lock lock(mutex_);
  return state_ == State::there && tree_.unsettled() > bounds_.unsettled;
}

void TreeMemory::settle() {
  begin_recording();
  const auto [aside, from] = copy();
  try {
    replace(LiveTree(std::make_shared<const projections::ReferralLevels>(aside.settled())), from);
  } catch (const eventstore::DamagedStore&) {
    give_up();
  }
}

void TreeMemory::begin_recording() {
  const std::scoped_lock lock(mutex_);
  recorded_.clear();
  is_recording_ = true;
}

std::pair<LiveTree, Position> TreeMemory::copy() const {
  const std::shared_lock lock(mutex_);
  return {tree_, position_};
}

/// The old one goes when nobody waits for the lock.
void TreeMemory::replace(LiveTree tree, Position from) {
  const std::scoped_lock lock(mutex_);
  if (!std::exchange(is_recording_, false)) return;  // forgotten meanwhile
  for (const auto& change : std::exchange(recorded_, {})) {
    if (change.bond.by > from) tree.apply(change);
  }
  std::swap(tree_, tree);
  if (from > position_) tag_.clear();
  position_ = std::max(position_, from);
  state_ = State::there;
}

bool TreeMemory::has_reached(Position position) const {
  const std::shared_lock lock(mutex_);
  return state_ != State::there || position_ >= position;
}

std::optional<HotAnswer> TreeMemory::find(const HotRead& read) const {
  const std::shared_lock lock(mutex_);
  if (state_ != State::there || position_ < read.at_least) return std::nullopt;
  const auto member = tree_.find(read.id);
  if (member == projections::nowhere) return std::nullopt;
  auto text = tree_text(tree_, member, read);
  return text ? std::optional(HotAnswer{position_, tag_, std::move(*text)}) : std::nullopt;
}

}  // namespace upline::api
