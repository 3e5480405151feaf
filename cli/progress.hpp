// A line on standard error that says how far a long run is, at what rate, and how long it will take still.
#pragma once

#include "cli/context.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace upline::cli {

/// How long a run is before anything is shown, and how often that is painted anew.
struct Pace {
  std::chrono::milliseconds quiet{1000};
  std::chrono::milliseconds repaint{200};
};

/// Shows itself only on a terminal, and only after the first second.
class Progress {
 public:
  Progress(Context& context, std::string what, Pace pace = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done, std::uint64_t total);
  double seconds() const;

 private:
  Context& context_;
  std::string what_;
  Pace pace_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point shown_;
  bool visible_{};
};

}  // namespace upline::cli
