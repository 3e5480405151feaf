// The demonstration shop, and others of its kind: folders to import, with what their books must come to.
#pragma once

#include "tests/cli/program.hpp"
#include "tests/eventstore/temp_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace upline::tests {

/// `demo/` of the project.
std::filesystem::path demo_folder();

/// A file's bytes, decompressed where its name ends in `.gz`.
std::string read_text(const std::filesystem::path& file);

void write_text(const std::filesystem::path& file, const std::string& text);

/// A table of the demonstration shop (`members`), as lines without their ends; the first is the header.
std::vector<std::string> demo_lines(const std::string& table);

/// The cells of a line without quotes.
std::vector<std::string> cells_of(const std::string& line);

/// A failure says where they part: `line 7: expected "a", got "b"`.
void must_be_equal(const std::string& expected, const std::string& actual);

/// A copy of the demonstration shop's tables, each as `change(name, text)` makes it; empty ones are left out.
using ChangeText = std::function<std::string(const std::string& name, std::string text)>;
void copy_demo(const std::filesystem::path& folder, const ChangeText& change);

/// The moments at which a folder with `expected/` says what is expected.
extern const std::vector<std::string> expected_days;

/// One shop in a data folder of its own.
class ShopUnderTest {
 public:
  explicit ShopUnderTest(const std::string& currency = "USD");

  const std::filesystem::path& folder() const { return temp_.path(); }
  std::filesystem::path shop_folder() const { return folder() / "D" / "S"; }

  /// The arguments and `--data D --shop S`.
  static Arguments with_shop(Arguments arguments);

  /// What it prints; anything but success is a failed test.
  std::string ask(Arguments arguments) const;
  nlohmann::json stats() const;

  /// Starts an import, for the caller to wait for.
  std::unique_ptr<Program> start_import(const std::filesystem::path& from) const;

 private:
  TempFolder temp_;
};

/// Imports the demonstration shop, and kills that once the log has grown by so many bytes; false where it was done
/// before.
bool kill_import(const ShopUnderTest& shop, std::uintmax_t bytes);

/// Balances and tree at each day, through the program, against the folder `expected`, byte for byte. `currency` stands
/// in the place of the expected currency.
void books_must_be_as_expected(const ShopUnderTest& shop, const std::filesystem::path& expected,
                               const std::string& currency = "USD");

/// What `stats` says and what the balances add up to, against `expected/totals-*.json`.
void totals_must_be_as_expected(const ShopUnderTest& shop, const std::filesystem::path& expected);

}  // namespace upline::tests
