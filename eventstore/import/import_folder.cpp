#include "eventstore/import/import_folder.hpp"

#include "eventstore/import/input_error.hpp"
#include "eventstore/merkle.hpp"

#include <algorithm>
#include <fstream>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace upline::eventstore::import {

namespace fs = std::filesystem;

namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Hash hash_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> buffer(256 * 1024);
  Sha256 hash;
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.update(bytes_of({buffer.data(), static_cast<std::size_t>(in.gcount())}));
  }
  if (!in.eof()) throw InputError(fmt::format("{}: cannot be read", file.string()));
  return hash.finish();
}

std::optional<fs::path> find_file(const fs::path& folder, ImportFile file) {
  auto plain = folder / name(file);
  auto packed = plain;
  packed += ".gz";
  const bool has_plain = fs::exists(plain);
  const bool has_packed = fs::exists(packed);
  if (has_packed && file == ImportFile::plan) {
    throw InputError(fmt::format("{}: a plan is read as plain text only; decompress it", packed.string()));
  }
  if (has_plain && has_packed) {
    throw InputError(fmt::format("{}: both {} and {} are there; leave one", folder.string(), plain.filename().string(),
                                 packed.filename().string()));
  }
  if (has_plain) return plain;
  if (has_packed) return packed;
  return std::nullopt;
}

}  // namespace

std::string_view name(ImportFile file) {
  switch (file) {
    case ImportFile::plan:
      return "plan.toml";
    case ImportFile::products:
      return "products.csv";
    case ImportFile::keys:
      return "keys.csv";
    case ImportFile::members:
      return "members.csv";
    case ImportFile::purchases:
      return "purchases.csv";
    case ImportFile::refunds:
      return "refunds.csv";
  }
  std::unreachable();
}

ImportFolder open_import_folder(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError(fmt::format("{}: there is no such folder", folder.string()));
  ImportFolder found;
  Sha256 id;
  for (const auto file : import_files) {
    auto path = find_file(folder, file);
    if (!path) continue;
    id.update(bytes_of(path->filename().string())).update(hash_of_file(*path).bytes);
    found.paths[static_cast<std::size_t>(file)] = std::move(path);
  }
  if (std::ranges::none_of(found.paths, [](const auto& path) { return path.has_value(); })) {
    throw InputError(
        fmt::format("{}: holds none of plan.toml, products.csv, keys.csv, members.csv, purchases.csv, "
                    "refunds.csv",
                    folder.string()));
  }
  found.id = to_hex(id.finish());
  return found;
}

}  // namespace upline::eventstore::import
