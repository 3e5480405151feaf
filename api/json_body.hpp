// A request's body as JSON: each field is asked for by name and type, and what nobody asked for is refused.
#pragma once

#include "api/bad_body.hpp"
#include "api/problem.hpp"
#include "domain/currency.hpp"
#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace upline::api {

/// Every call throws BadBody where the field is missing or of another type.
class JsonBody {
 public:
  /// An object, read strictly (strict_json.hpp); an empty text is one without fields.
  explicit JsonBody(std::string_view text);
  JsonBody(JsonBody&&) noexcept;
  ~JsonBody();

  bool has(const char* name) const;

  std::string text(const char* name);
  std::optional<std::string> optional_text(const char* name);
  std::int64_t integer(const char* name);
  std::optional<std::int64_t> optional_integer(const char* name);
  bool flag(const char* name, bool otherwise);
  std::optional<bool> optional_flag(const char* name);
  std::vector<std::string> texts(const char* name);
  std::vector<std::int64_t> integers(const char* name);
  /// A list of objects. What is wrong in one is told by its place: `results[3].status`.
  std::vector<JsonBody> objects(const char* name);

  template <class Id>
  Id id(const char* name) {
    return Id{text(name)};
  }
  template <class Id>
  std::optional<Id> optional_id(const char* name) {
    auto value = optional_text(name);
    return value ? std::optional(Id{std::move(*value)}) : std::nullopt;
  }

  /// RFC 3339.
  std::optional<domain::Timestamp> optional_time(const char* name);
  /// `7d`, `10m`.
  std::optional<domain::Duration> optional_duration(const char* name);

  /// Refuses what was not asked for. Last.
  void finish() const;

 private:
  JsonBody(nlohmann::json object, std::string place);
  const nlohmann::json* find(const char* name);
  /// The name behind the place of the object.
  std::string full(std::string_view name) const;

  std::string place_;  // of an object in a list: `results[3].`
  std::unique_ptr<nlohmann::json> object_;
  std::set<std::string, std::less<>> asked_for_;
};

}  // namespace upline::api
