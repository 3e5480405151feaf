#include "api/log.hpp"

#include <mutex>
#include <utility>

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

namespace upline::api {

namespace {

/// On the log's own thread only, so it needs no mutex.
class FunctionSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_({line.data(), line.size()});
  }
  void flush_() override {}

  std::function<void(std::string_view)> write_;
};

std::unique_ptr<spdlog::formatter> formatter(LogFormat format) {
  const auto* const pattern =
      format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %v";
  return std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc, "\n");
}

}  // namespace

class Log::Lines {
 public:
  explicit Lines(const LogOptions& options)
      : pool_(std::make_shared<spdlog::details::thread_pool>(options.queue_max, 1)) {
    auto sink = std::make_shared<FunctionSink>(options.write);
    sink->set_formatter(formatter(options.format));
    logger_ = std::make_shared<spdlog::async_logger>("upline", std::move(sink), pool_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
    // What cannot be written is nothing to write about.
    logger_->set_error_handler([](const std::string&) {});
  }

  void write(const std::string& payload) {
    // The levels were looked at before; to spdlog every line is one that it takes.
    logger_->log(spdlog::source_loc{}, spdlog::level::critical, spdlog::string_view_t(payload.data(), payload.size()));
  }

  std::uint64_t dropped() const { return pool_->overrun_counter(); }

 private:
  std::shared_ptr<spdlog::async_logger> logger_;
  // Ends first: it writes what is queued, and nobody uses the sink after that.
  std::shared_ptr<spdlog::details::thread_pool> pool_;
};

Log::Log(LogOptions options) : options_(std::move(options)) {
  if (options_.write && options_.level != LogLevel::off) lines_ = std::make_unique<Lines>(options_);
}

Log::~Log() = default;

bool Log::takes(LogLevel level) const { return lines_ && level != LogLevel::off && level >= options_.level; }

void Log::write(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  if (!takes(level)) return;
  lines_->write(options_.format == LogFormat::json ? json_payload(level, message, fields)
                                                   : text_payload(level, message, fields));
}

std::uint64_t Log::dropped() const { return lines_ ? lines_->dropped() : 0; }

}  // namespace upline::api
