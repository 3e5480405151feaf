// What every verb is given: where to write, and how to find the shop.
#pragma once

#include "cli/app.hpp"
#include "domain/time.hpp"
#include "eventstore/shop.hpp"

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace upline::cli {

/// The caller's words do not make sense; the message says what to write instead.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The shop has no such order, member or event: what was asked makes sense, and the answer is no.
class NotFound : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Context {
  std::ostream& out;
  std::ostream& err;
  bool colour{};          // the output is a terminal, and NO_COLOR is not set, or empty
  bool shows_progress{};  // standard error is a terminal
  int exit_code{done};
};

/// `--data` and `--shop`, as given; empty where they are not.
struct ShopOptions {
  std::string data{};
  std::string shop{};
};

void add_shop_options(CLI::App& verb, ShopOptions& options);

/// Refuses an empty text, such as a variable of a script that was never set.
std::string check_not_empty(const std::string& text);

/// Accepts 1, 2, 3 ...
std::string check_positive(const std::string& text);

/// Throws UsageError where the text, the option's, is no instant.
domain::Timestamp parse_time(std::string_view option, const std::string& text);

/// How upline.toml and the environment want the shops to be served.
struct ServingSettings {
  bool is_behind_proxy{};
  std::vector<std::string> allowed_origins{};
};

struct DataLocation {
  std::filesystem::path data{};
  std::filesystem::path vault_key{};
  std::string usual_shop{};  // named by upline.toml; may be empty
  ServingSettings serving{};
};

/// The data folder and its key, whatever shops it holds. Throws UsageError for an unknown setting.
DataLocation locate_data(const ShopOptions& options);

/// Flag, then UPLINE_DATA, UPLINE_SHOP, UPLINE_VAULT_KEY, then <data>/upline.toml, then the default. Throws UsageError
/// for an unknown setting, and where a shop has to be named.
eventstore::ShopLocation locate_shop(const ShopOptions& options);

/// The shop that the options name, opened. Throws ShopNotFound, UsageError and what opening throws.
std::unique_ptr<eventstore::Shop> open_shop(const ShopOptions& options);

}  // namespace upline::cli
