// What is set beside the flags of a call: by UPLINE_* in the environment, then by <data>/upline.toml.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace upline::cli {

/// How the shops are to be served.
struct ServingSettings {
  bool is_behind_proxy{};
  std::vector<std::string> allowed_origins{};
  // Both or none, or what is missing is named by an option of serve.
  std::filesystem::path tls_certificate{};
  std::filesystem::path tls_key{};
};

struct Settings {
  std::filesystem::path data{};
  std::string shop{};                 // may be empty
  std::filesystem::path vault_key{};  // may be empty
  ServingSettings serving{};
};

/// `data` is the flag; empty, where there was none. A path in the file is relative to the file, wherever the caller
/// stands. Throws UsageError for an unknown setting, and for a value that is none.
Settings read_settings(const std::filesystem::path& data);

}  // namespace upline::cli
