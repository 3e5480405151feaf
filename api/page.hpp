// One page of a list. All lists have one shape: `limit` says how long a page is, the answer's `next` is given back as
// `after` for the page behind it, and the last page has no `next`. A cursor names the last thing that was seen, never a
// count, so that no page shifts while others write.
#pragma once

#include "api/endpoint.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace upline::api {

/// "CNY:alice" of a list in the order of two things.
struct PairCursor {
  std::string first{};
  std::string second{};
};

class Page {
 public:
  /// Throws Refused for a limit that is none.
  explicit Page(const Call& call);

  /// How many to ask for: one more than are shown, to know whether that was all.
  std::size_t asked() const { return limit_ + 1; }

  /// False when the page is full; what is added then only tells that there is more.
  bool add(nlohmann::ordered_json item, std::string cursor);

  /// Of a list that is searched: enough was looked at for one page, however little was found. It goes on behind here.
  void stop_behind(std::string cursor);

  /// As `name`, with `next` where there is more.
  void put_into(nlohmann::ordered_json& json, const char* name);

 private:
  std::size_t limit_;
  nlohmann::ordered_json items_ = nlohmann::ordered_json::array();
  std::string last_;
  bool has_more_{};
};

/// A page of several lists together, in the order of the log: its cursor is a position.
class PositionPage {
 public:
  /// Throws Refused for a limit or a cursor that is none.
  explicit PositionPage(const Call& call);

  domain::Position after() const { return after_; }
  /// How many of each list to ask for, in order of position.
  std::size_t asked() const { return limit_ + 1; }

  void add(std::string list, domain::Position position, nlohmann::ordered_json item);

  /// Puts the items behind what is in their lists, with `next` where there is more.
  void put_into(nlohmann::ordered_json& json);

 private:
  std::size_t limit_;
  domain::Position after_;
  std::multimap<domain::Position, std::pair<std::string, nlohmann::ordered_json>> items_;
};

/// `after` as what it was made from. Throw Refused for a cursor that no page gave.
std::optional<domain::Position> position_cursor(const Call& call);
std::optional<PairCursor> pair_cursor(const Call& call);

/// `after` is no cursor of this list.
[[noreturn]] void refuse_cursor();

}  // namespace upline::api
