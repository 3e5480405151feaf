#include "tests/cli/program.hpp"

#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace upline::tests {

namespace {

void must_be_zero(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers_to(Arguments& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Arguments environment_without_settings() {
  Arguments kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("UPLINE_")) kept.emplace_back(*entry);
  }
  return kept;
}

class FileActions {
 public:
  FileActions() { must_be_zero(::posix_spawn_file_actions_init(&actions_), "posix_spawn"); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void stand_in(const std::filesystem::path& folder) {
    must_be_zero(::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str()), "chdir");
  }
  void read_nothing() {
    must_be_zero(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0), "open");
  }
  void write_to(std::FILE* file, int descriptor) {
    must_be_zero(::posix_spawn_file_actions_adddup2(&actions_, ::fileno(file), descriptor), "dup2");
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

Program::TempFile Program::make_temp_file() {
  TempFile file(std::tmpfile());
  if (!file) throw std::system_error(errno, std::generic_category(), "tmpfile");
  return file;
}

std::string Program::content_of(const TempFile& file) {
  std::string content;
  if (std::fseek(file.get(), 0, SEEK_SET) != 0) throw std::system_error(errno, std::generic_category(), "fseek");
  char buffer[65536];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file.get())) > 0;) content.append(buffer, n);
  return content;
}

Program::Program(const std::filesystem::path& folder, Arguments arguments)
    : out_(make_temp_file()), err_(make_temp_file()) {
  arguments.insert(arguments.begin(), "upline");
  auto environment = environment_without_settings();
  FileActions actions;
  actions.stand_in(folder);
  actions.read_nothing();
  actions.write_to(out_.get(), STDOUT_FILENO);
  actions.write_to(err_.get(), STDERR_FILENO);
  must_be_zero(::posix_spawn(&process_, UPLINE_PROGRAM, actions.get(), nullptr, pointers_to(arguments).data(),
                             pointers_to(environment).data()),
               UPLINE_PROGRAM);
}

Program::~Program() {
  if (ended_) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, &status_, 0) < 0 && errno == EINTR) {
  }
}

void Program::reap(int options) {
  if (ended_) return;
  pid_t answer{};
  do {
    answer = ::waitpid(process_, &status_, options);
  } while (answer < 0 && errno == EINTR);
  if (answer < 0) throw std::system_error(errno, std::generic_category(), "waitpid");
  ended_ = answer == process_;
}

bool Program::is_running() {
  reap(WNOHANG);
  return !ended_;
}

void Program::kill() {
  if (is_running()) ::kill(process_, SIGKILL);
}

Finished Program::wait() {
  reap(0);
  const int code = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
  return {code, content_of(out_), content_of(err_)};
}

Finished run_upline(const std::filesystem::path& folder, Arguments arguments) {
  return Program(folder, std::move(arguments)).wait();
}

}  // namespace upline::tests
