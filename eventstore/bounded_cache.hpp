// A map that forgets what was not used lately and never grows beyond twice its limit: two generations, the older one
// dropped whole when the younger is full.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <utility>

namespace upline::eventstore {

template <class Key, class Value>
class BoundedCache {
 public:
  explicit BoundedCache(std::size_t generation_max) : generation_max_(generation_max) {}

  /// The value, or null. Valid until the next put.
  Value* find(const Key& key) {
    if (const auto hit = young_.find(key); hit != young_.end()) return &hit->second;
    if (old_.empty()) return nullptr;
    auto hit = old_.extract(key);
    if (hit.empty()) return nullptr;
    make_room();
    return &young_.insert(std::move(hit)).position->second;
  }

  Value& put(const Key& key, Value value) {
    make_room();
    if (!old_.empty()) old_.erase(key);
    return young_.insert_or_assign(key, std::move(value)).first->second;
  }

  /// What find() has just not found.
  Value& add(const Key& key, Value value) {
    make_room();
    return young_.emplace(key, std::move(value)).first->second;
  }

  /// What find() has just found here goes to the other, as it lies.
  void hand_over(const Key& key, BoundedCache& other) {
    other.make_room();
    other.young_.insert(young_.extract(key));
  }

  void clear() {
    young_.clear();
    old_.clear();
  }

  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  void make_room() {
    if (young_.size() < generation_max_) return;
    old_ = std::move(young_);
    young_.clear();
  }

  std::size_t generation_max_;
  std::unordered_map<Key, Value> young_;
  std::unordered_map<Key, Value> old_;
};

}  // namespace upline::eventstore
