// The command line: one verb per file, one place where errors become sentences and exit codes.
#pragma once

#include <iosfwd>

namespace upline::cli {

/// What a script can rely on.
enum ExitCode : int {
  done = 0,
  refused = 1,      // by a rule
  usage = 2,        // wrong words, or files that cannot be read
  had_rejects = 3,  // an import refused some rows
  damaged = 4,      // the store does not hold what it must
  busy = 5,         // another process was in the way for too long
  unwritable = 6,   // no room left on the device, or no right to write there
};

/// Runs `upline argv[1] ...` and answers with its exit code. Throws nothing.
int run(int argc, char** argv, std::ostream& out, std::ostream& err);

}  // namespace upline::cli
