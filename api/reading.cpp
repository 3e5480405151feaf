#include "api/reading.hpp"

#include <optional>

#include <fmt/format.h>

namespace upline::api {

namespace {

constexpr std::size_t wait_ms_max = 30'000;

std::optional<domain::Position> min_position(const Call& call) {
  if (call.query("min_position") == nullptr) return std::nullopt;
  return domain::Position{call.number("min_position", 0, static_cast<std::size_t>(INT64_MAX))};
}

}  // namespace

Response answer_read(Read read, const Job& job) {
  const auto wanted = min_position(job.call());
  job.call().number("wait_ms", 0, wait_ms_max);
  const auto reader = job.shop.reader();
  const auto head = reader->log().head().position;
  if (wanted && *wanted > head) {
    return busy_response("not_there_yet",
                         fmt::format("The log has reached position {}, not yet {}.", head.value, wanted->value));
  }
  reader->models.catch_up();
  return read(*reader, job.call());
}

}  // namespace upline::api
