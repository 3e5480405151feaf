#include "cli/progress.hpp"

#include "cli/rows_out.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

namespace upline::cli {

namespace {

constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

Progress::Progress(Context& context, std::string what, Pace pace)
    : context_(context),
      what_(std::move(what)),
      pace_(pace),
      begun_(std::chrono::steady_clock::now()),
      shown_(begun_) {}

Progress::~Progress() {
  if (visible_) context_.err << clear_line << std::flush;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

void Progress::show(std::uint64_t finished, std::uint64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!context_.shows_progress || now - begun_ < pace_.quiet || now - shown_ < pace_.repaint) return;
  shown_ = now;
  visible_ = true;
  const double rate = static_cast<double>(finished) / std::max(seconds(), 0.001);
  const auto left = total > finished && rate > 0 ? static_cast<double>(total - finished) / rate : 0.0;
  context_.err << clear_line
               << fmt::format("{}: {} of {}, {}/s, {:.0f} s left", what_, grouped(finished), grouped(total),
                              grouped(static_cast<std::uint64_t>(rate)), left)
               << std::flush;
}

}  // namespace upline::cli
