// Golden files: bytes as some version of the program stored them, kept for ever. tests/golden/<name>.json
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace upline::tests {

inline std::filesystem::path golden_folder() { return std::filesystem::path(UPLINE_SOURCE_DIR) / "tests" / "golden"; }

inline nlohmann::ordered_json read_golden(const std::string& name) {
  std::ifstream file(golden_folder() / name);
  if (!file) throw std::runtime_error("tests/golden/" + name + " is missing");
  return nlohmann::ordered_json::parse(file);
}

inline std::vector<std::uint8_t> bytes_from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (; !text.empty(); text.remove_prefix(2)) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(text.substr(0, 2)), nullptr, 16)));
  }
  return bytes;
}

}  // namespace upline::tests
