#include "api/strict_json.hpp"

#include "api/bad_body.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace upline::api {

namespace {

using nlohmann::json;

constexpr std::size_t quoted_bytes_max = 64;
constexpr int out_of_range_of_double = 406;  // nlohmann's number for 1e400

/// Builds the value while it checks it, so that a bad one costs no more than what stands before the mistake.
class StrictReader final : public nlohmann::json_sax<json> {
 public:
  json take() { return std::move(root_); }

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(std::int64_t value) override { return add(value) != nullptr; }

  bool number_unsigned(std::uint64_t value) override {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) refuse("is beyond the integers of 64 bits");
    return add(static_cast<std::int64_t>(value)) != nullptr;
  }

  /// Integers beyond 64 bits come here as well.
  bool number_float(double /*value*/, const std::string& written) override {
    if (written.find_first_of(".eE") == std::string::npos) refuse("is beyond the integers of 64 bits");
    refuse("must be an integer, without a fraction or an exponent");
  }

  bool string(std::string& value) override {
    if (value.contains('\0')) refuse("holds a NUL");
    return add(std::move(value)) != nullptr;
  }

  bool binary(json::binary_t& /*value*/) override { return false; }  // not in texts

  bool start_object(std::size_t /*elements*/) override { return open(json::object()); }
  bool start_array(std::size_t /*elements*/) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    if (name.contains('\0')) throw BadBody("A key of the body holds a NUL.", {});
    auto& [value, current] = open_.back();
    current = name;
    if (value->contains(name)) refuse("is in its object twice");
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& error) override {
    if (error.id == out_of_range_of_double) refuse("is a number out of range");
    throw BadBody(fmt::format("The body is not valid JSON in UTF-8: see byte {}.", position), {});
  }

 private:
  struct Open {
    json* value{};
    std::string key{};  // of an object: whose value comes next
  };

  json* add(json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    auto& [parent, key] = open_.back();
    if (parent->is_object()) return &((*parent)[key] = std::move(value));
    parent->push_back(std::move(value));
    return &parent->back();
  }

  bool open(json empty) {
    if (open_.size() >= json_depth_max) {
      throw BadBody(fmt::format("The body is nested more than {} levels deep.", json_depth_max), {});
    }
    open_.push_back({add(std::move(empty)), {}});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  /// "items[0].quantity": where the value that is being read stands.
  std::string path() const {
    std::string path;
    for (const auto& [value, key] : open_) {
      if (value->is_array()) {
        // The element that is being read is in the list already where it is an object or a list itself.
        path += fmt::format("[{}]", value == open_.back().value ? value->size() : value->size() - 1);
      } else {
        path += (path.empty() ? "" : ".") + shortened(key);
      }
    }
    return path;
  }

  [[noreturn]] void refuse(const char* what) const {
    const auto where = path();
    throw BadBody(where.empty() ? fmt::format("The body {}.", what) : fmt::format("'{}' {}.", where, what), where);
  }

  json root_;
  std::vector<Open> open_;
};

}  // namespace

std::string shortened(std::string_view text) {
  if (text.size() <= quoted_bytes_max) return std::string(text);
  auto end = quoted_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  return std::string(text.substr(0, end)) + "...";
}

json parse_strictly(std::string_view text) {
  // nlohmann passes over a byte order mark, and takes a NUL for the end.
  if (text.starts_with("\xEF\xBB\xBF")) throw BadBody("The body starts with a byte order mark; leave it out.", {});
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    throw BadBody(fmt::format("The body is not valid JSON in UTF-8: see byte {}.", nul + 1), {});
  }
  StrictReader reader;
  json::sax_parse(text, &reader);
  return reader.take();
}

}  // namespace upline::api
