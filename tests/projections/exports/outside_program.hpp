// Programs that accountants use, run on what Upline wrote.
#pragma once

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

#include <sys/wait.h>

namespace upline::tests {

struct Ran {
  int exit_code{};
  std::string out{};  // standard output and standard error, as they came
};

/// Runs a line of shell, in a locale where Chinese is text.
inline Ran run_outside(const std::string& command) {
  auto* pipe = ::popen(("export LC_ALL=C.UTF-8; { " + command + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no shell: " + command);
  Ran ran;
  std::array<char, 65536> piece{};
  for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) ran.out.append(piece.data(), n);
  const int status = ::pclose(pipe);
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

/// The checks that a plain-text journal has to pass; each leaves with 0 where it does.
inline std::string hledger_check(const std::string& file) {
  return "hledger -f '" + file + "' check --strict ordereddates payees";
}
inline std::string ledger_check(const std::string& file) {
  return "ledger --pedantic --check-payees -f '" + file + "' balance --empty > /dev/null";
}
inline std::string beancount_check(const std::string& file) { return "bean-check --no-cache '" + file + "'"; }

}  // namespace upline::tests
