// The program under test as a process of its own: started, perhaps killed, waited for.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace upline::tests {

using Arguments = std::vector<std::string>;

struct Finished {
  int exit_code{};  // 128 and the signal where one ended it
  std::string out{};
  std::string err{};
};

/// A running `upline`, with no UPLINE_ variable set. The destructor kills what was not waited for.
class Program {
 public:
  Program(const std::filesystem::path& folder, Arguments arguments);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// True until it has ended, by itself or killed.
  bool is_running();

  /// SIGKILL, as the kernel or a power cut would.
  void kill();

  Finished wait();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using TempFile = std::unique_ptr<std::FILE, CloseFile>;
  static TempFile make_temp_file();
  static std::string content_of(const TempFile& file);
  void reap(int options);

  TempFile out_;
  TempFile err_;
  pid_t process_{};
  bool ended_{};
  int status_{};
};

/// Runs it to its end.
Finished run_upline(const std::filesystem::path& folder, Arguments arguments);

}  // namespace upline::tests
