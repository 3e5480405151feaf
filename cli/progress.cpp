#include "cli/progress.hpp"

#include "cli/rows_out.hpp"

#include <ostream>

#include <fmt/format.h>

namespace upline::cli {

namespace {

constexpr auto quiet_time = std::chrono::seconds(1);
constexpr auto repaint_time = std::chrono::milliseconds(200);
constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

Progress::Progress(Context& context, std::string what)
    : context_(context), what_(std::move(what)), begun_(std::chrono::steady_clock::now()), shown_(begun_) {}

Progress::~Progress() {
  if (visible_) context_.err << clear_line << std::flush;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

void Progress::show(std::uint64_t finished, std::uint64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!context_.shows_progress || now - begun_ < quiet_time || now - shown_ < repaint_time) return;
  shown_ = now;
  visible_ = true;
  const double rate = static_cast<double>(finished) / seconds();
  const auto left = total > finished && rate > 0 ? static_cast<double>(total - finished) / rate : 0.0;
  context_.err << clear_line
               << fmt::format("{}: {} of {}, {}/s, {:.0f} s left", what_, grouped(finished), grouped(total),
                              grouped(static_cast<std::uint64_t>(rate)), left)
               << std::flush;
}

}  // namespace upline::cli
