#include "tests/api/served_program.hpp"

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace upline::tests {

namespace {

[[noreturn]] void become(std::vector<std::string> arguments, int said) {
  ::dup2(said, 1);
  ::dup2(said, 2);
  ::unsetenv("UPLINE_DATA");
  ::unsetenv("UPLINE_VAULT_KEY");
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(UPLINE_PROGRAM, pointers.data());
  ::_exit(127);
}

}  // namespace

ServedProgram::ServedProgram(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {UPLINE_PROGRAM, "serve", "--listen", "127.0.0.1:0"});
  int ends[2]{};
  if (::pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
  process_ = ::fork();
  if (process_ == 0) become(std::move(arguments), ends[1]);
  ::close(ends[1]);
  said_ = ::fdopen(ends[0], "r");
  greeting_ = next_line();
  const auto host = greeting_.find("127.0.0.1:");
  if (host == std::string::npos) throw std::runtime_error("the program said: " + greeting_);
  port_ = static_cast<std::uint16_t>(std::stoul(greeting_.substr(host + 10)));
}

ServedProgram::~ServedProgram() {
  if (process_ > 0) {
    signal(SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  std::fclose(said_);
}

std::string ServedProgram::next_line() {
  std::string line;
  for (int letter = std::fgetc(said_); letter != EOF && letter != '\n'; letter = std::fgetc(said_)) {
    line += static_cast<char>(letter);
  }
  return line;
}

int ServedProgram::exit_code() {
  int status = 0;
  ::waitpid(std::exchange(process_, -1), &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace upline::tests
