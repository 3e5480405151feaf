// The log of a running server: one line per thing that happened, for people or for programs. Whoever writes never waits
// for the disk or the terminal: lines queue up, and where the queue is full the oldest are dropped and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace upline::api {

enum class LogFormat : std::uint8_t { text, json };
enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

/// "text" and "json"; "debug" to "off".
std::optional<LogFormat> parse_log_format(std::string_view text);
std::optional<LogLevel> parse_log_level(std::string_view text);

struct LogField {
  std::string_view name{};
  std::variant<std::string_view, std::int64_t, double> value{};
  bool is_in_message{};  // the text format need not say it again
};

/// `"level":"info","message":"…","name":value`: what follows the time in a JSON line.
std::string json_payload(LogLevel level, std::string_view message, std::span<const LogField> fields);

/// `info  message name=value name="a value"`: what follows the time in a line of text.
std::string text_payload(LogLevel level, std::string_view message, std::span<const LogField> fields);

struct LogOptions {
  LogFormat format{LogFormat::text};
  LogLevel level{LogLevel::info};
  std::size_t queue_max{8192};
  /// Gets each line with its line feed, on one thread. Without it nothing is logged.
  std::function<void(std::string_view)> write{};
};

class Log {
 public:
  explicit Log(LogOptions options);
  /// Writes what is queued.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool takes(LogLevel level) const;

  /// From any thread, without waiting. Secrets are not for it, whatever the level.
  void write(LogLevel level, std::string_view message, std::span<const LogField> fields = {});

  /// Lines that were dropped because they came faster than they could be written.
  std::uint64_t dropped() const;

 private:
  class Lines;
  LogOptions options_;
  std::unique_ptr<Lines> lines_;
};

}  // namespace upline::api
