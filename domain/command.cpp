#include "domain/command.hpp"

namespace upline::domain {

Command::Command() = default;
Command::Command(const Command& other) = default;
Command::Command(Command&& other) noexcept = default;
Command& Command::operator=(const Command& other) = default;
Command& Command::operator=(Command&& other) noexcept = default;
Command::~Command() = default;

Timestamp occurred_at(const Command& command) {
  return std::visit([](const auto& c) { return c.occurred_at; }, command);
}

std::expected<void, Rejection> check_time(const Command& command, Timestamp now) {
  const auto at = occurred_at(command);
  if (at < timestamp_min || at > timestamp_max) return refuse(Reason::invalid_time);
  if (at > now + clock_skew_max) return refuse(Reason::occurred_in_future, format_rfc3339(at));
  return {};
}

}  // namespace upline::domain
