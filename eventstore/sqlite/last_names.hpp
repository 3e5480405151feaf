// The last name of each kind, in bytewise order: names mostly grow with time, and one that lies behind all others of
// its kind is known to be new without being looked for.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upline::eventstore::sqlite {

class LastNames {
 public:
  /// Null where the kind is not known.
  const std::string* find(std::string_view kind) const {
    const auto known = std::ranges::find(by_kind_, kind, &Kind::kind);
    return known == by_kind_.end() ? nullptr : &known->last;
  }

  /// The kind is known from here on, and has nothing behind `last` and what it had before. An empty one never is.
  void raise(std::string_view kind, std::string_view last) {
    if (kind.empty()) return;
    const auto known = std::ranges::find(by_kind_, kind, &Kind::kind);
    if (known == by_kind_.end()) {
      by_kind_.push_back({std::string(kind), std::string(last)});
    } else if (last > known->last) {
      known->last = last;
    }
  }

  void raise(const LastNames& others) {
    for (const auto& [kind, last] : others.by_kind_) raise(kind, last);
  }

 private:
  struct Kind {
    std::string kind;
    std::string last;
  };
  std::vector<Kind> by_kind_;  // a dozen
};

}  // namespace upline::eventstore::sqlite
