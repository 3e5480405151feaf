#include "cli/confirmation.hpp"

#include <iostream>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace upline::cli {

void refuse_without_yes(bool yes, std::string_view what) {
  if (yes || is_on_terminal()) return;
  throw UsageError(
      fmt::format("{} and nobody can be asked, as standard input is no terminal: nothing was done; "
                  "add --yes to answer beforehand",
                  what));
}

bool is_on_terminal() { return ::isatty(STDIN_FILENO) != 0; }

bool ask_on_terminal(Context& context, const std::string& summary, const std::string& question) {
  context.out.flush();
  context.err << summary << question << " [y/N] " << std::flush;
  std::string answer;
  return std::getline(std::cin, answer) && !answer.empty() && (answer.front() == 'y' || answer.front() == 'Y');
}

}  // namespace upline::cli
