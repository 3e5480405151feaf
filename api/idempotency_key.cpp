#include "api/idempotency_key.hpp"

#include "api/endpoint.hpp"
#include "domain/ids.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace upline::api {

namespace {

[[noreturn]] void refuse(std::string detail, const char* field) {
  throw Refused({400, "invalid_idempotency_key", std::move(detail), field});
}

}  // namespace

std::string idempotency_key(const Request& request) {
  const auto* given = request.header(idempotency_header);
  if (given == nullptr) return {};
  const auto count = std::ranges::count_if(
      request.headers, [](const Header& header) { return equal_ignoring_case(header.name, idempotency_header); });
  if (count > 1) refuse("A request has one Idempotency-Key.", idempotency_header);
  return checked_idempotency_key(*given, idempotency_header);
}

std::string checked_idempotency_key(std::string_view given, const char* field) {
  const bool is_quoted = given.size() >= 2 && given.starts_with('"') && given.ends_with('"');
  if (is_quoted) given = given.substr(1, given.size() - 2);
  if (!domain::is_well_formed_id(given)) {
    refuse(fmt::format("An idempotency key has 1 to {} of A-Z a-z 0-9 . _ : -, such as a UUID; quotes around it may be "
                       "left out.",
                       domain::id_length_max),
           field);
  }
  return std::string(given);
}

KeysInFlight::Hold KeysInFlight::hold(const std::string& key) {
  if (key.empty()) return std::make_shared<const std::string>();
  const std::scoped_lock lock(mutex_);
  if (!keys_.insert(key).second) return nullptr;
  return {new std::string(key), [this](const std::string* held) {
            const std::unique_ptr<const std::string> owned(held);
            let_go(*held);
          }};
}

void KeysInFlight::let_go(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  keys_.erase(key);
}

KeysInFlight::Hold hold_or_refuse(KeysInFlight& keys, const std::string& key, const char* field) {
  auto hold = keys.hold(key);
  if (hold) return hold;
  throw Refused({409, "idempotency_key_in_use", "The first command with this key still runs; try again.", field});
}

}  // namespace upline::api
