// The files of an import, by name and content. Ledger specification, "Files".
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace upline::eventstore::import {

enum class ImportFile : std::uint8_t { plan, products, keys, members, purchases, refunds };

constexpr std::array import_files{ImportFile::plan,    ImportFile::products,  ImportFile::keys,
                                  ImportFile::members, ImportFile::purchases, ImportFile::refunds};

/// `plan.toml`, `members.csv` ...: how reports call a file, whether it is compressed or not.
std::string_view name(ImportFile file);

struct ImportFolder {
  std::array<std::optional<std::filesystem::path>, import_files.size()> paths{};
  std::string id{};  // SHA-256 over the files' names and SHA-256s, in hex: the same files are the same import

  const std::optional<std::filesystem::path>& path(ImportFile file) const {
    return paths[static_cast<std::size_t>(file)];
  }
};

/// Finds and hashes the files; each CSV may be compressed (`.csv.gz`). Reads all of them once. Throws InputError where
/// the folder holds none of them, or one of them twice.
ImportFolder open_import_folder(const std::filesystem::path& folder);

}  // namespace upline::eventstore::import
