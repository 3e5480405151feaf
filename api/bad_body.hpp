// What a body may not be, said with the field that is meant.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace upline::api {

/// The body does not say what was asked for. A client's mistake: 400.
class BadBody : public std::runtime_error {
 public:
  /// `field` is a dotted path such as "items[0].quantity"; empty where the whole body is meant.
  BadBody(const std::string& detail, std::string field) : std::runtime_error(detail), field_(std::move(field)) {}
  const std::string& field() const { return field_; }

 private:
  std::string field_;
};

}  // namespace upline::api
