// What the bundles of a shop's log come to: their entries, what is stored of them, the pages that this takes, and what
// compressing and decompressing them costs. Says so in JSON, bytes and nanoseconds of CPU for each event.
#include "eventstore/varint.hpp"

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <stdexcept>
#include <vector>

#include <CLI/CLI.hpp>
#include <SQLiteCpp/SQLiteCpp.h>
#include <lz4.h>
#include <nlohmann/json.hpp>

namespace {

using Bytes = std::vector<char>;

/// The block that a bundle is compressed as, and the size of its entries.
struct Block {
  Bytes bytes;
  Bytes entries;
};

Block block_of(std::span<const std::uint8_t> bundle) {
  auto rest = bundle.subspan(1);  // behind the version of the layout
  const auto size = upline::eventstore::take_varint(rest);
  if (!size) throw std::runtime_error("a bundle ends before its size");
  return {{rest.begin(), rest.end()}, Bytes(*size)};
}

struct Bundles {
  std::vector<Block> blocks;
  std::uint64_t events{};
  std::uint64_t stored_bytes{};
};

Bundles read(SQLite::Database& log, std::int64_t after) {
  Bundles all;
  SQLite::Statement rows(log, "SELECT count, events FROM bundles WHERE first > ?1 ORDER BY first");
  rows.bind(1, after);
  while (rows.executeStep()) {
    const auto events = rows.getColumn(1);
    const std::span bundle(static_cast<const std::uint8_t*>(events.getBlob()),
                           static_cast<std::size_t>(events.getBytes()));
    all.blocks.push_back(block_of(bundle));
    all.events += static_cast<std::uint64_t>(rows.getColumn(0).getInt64());
    all.stored_bytes += bundle.size();
  }
  if (all.events == 0) throw std::runtime_error("there are no events behind that position");
  return all;
}

std::uint64_t decompress(std::vector<Block>& blocks) {
  std::uint64_t bytes{};
  for (auto& [block, entries] : blocks) {
    const auto size = LZ4_decompress_safe(block.data(), entries.data(), static_cast<int>(block.size()),
                                          static_cast<int>(entries.size()));
    if (size < 0) throw std::runtime_error("a bundle cannot be decompressed");
    bytes += static_cast<std::uint64_t>(size);
  }
  return bytes;
}

void compress(const std::vector<Block>& blocks) {
  Bytes to;
  for (const auto& [block, entries] : blocks) {
    const auto size = static_cast<int>(entries.size());
    to.resize(static_cast<std::size_t>(LZ4_compressBound(size)));
    if (LZ4_compress_default(entries.data(), to.data(), size, static_cast<int>(to.size())) == 0) std::abort();
  }
}

/// Nanoseconds of CPU.
template <class Work>
double measured(Work work) {
  const auto began = std::clock();
  work();
  constexpr double nanoseconds = 1e9;
  return static_cast<double>(std::clock() - began) * nanoseconds / CLOCKS_PER_SEC;
}

/// One behind the other, for programs that try other codecs on them.
void write_entries(const std::vector<Block>& blocks, const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary);
  for (const auto& [block, entries] : blocks) out.write(entries.data(), static_cast<std::streamsize>(entries.size()));
  if (!out.flush()) throw std::runtime_error("the entries cannot be written");
}

/// The share of a table's pages that its rows take.
double used_share(SQLite::Database& log) {
  return log.execAndGet("SELECT sum(payload) * 1.0 / sum(pgsize) FROM dbstat WHERE name = 'bundles'").getDouble();
}

}  // namespace

int main(int argc, char** argv) try {
  std::filesystem::path data;
  std::int64_t after = 0;
  std::filesystem::path entries;
  CLI::App app("Adds up the bundles of a shop's log.");
  app.add_option("data", data, "The folder of the shop `bench`")->required();
  app.add_option("--after", after, "Only those behind this position");
  app.add_option("--entries", entries, "Writes them, as they are before they are compressed, to this file");
  CLI11_PARSE(app, argc, argv);
  SQLite::Database log(data / "bench" / "events.db", SQLite::OPEN_READONLY);
  auto all = read(log, after);
  std::uint64_t entry_bytes{};
  decompress(all.blocks);  // the first time, their memory is new
  const auto decompressing = measured([&] { entry_bytes = decompress(all.blocks); });
  const auto compressing = measured([&] { compress(all.blocks); });
  if (!entries.empty()) write_entries(all.blocks, entries);
  const auto an_event = [&](auto sum) { return static_cast<double>(sum) / static_cast<double>(all.events); };
  std::cout << nlohmann::ordered_json{{"events", all.events},
                                      {"bundles", all.blocks.size()},
                                      {"entry_bytes", an_event(entry_bytes)},
                                      {"stored_bytes", an_event(all.stored_bytes)},
                                      {"used_share_of_pages", used_share(log)},
                                      {"compress_ns", an_event(compressing)},
                                      {"decompress_ns", an_event(decompressing)}}
            << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_bundles: " << error.what() << '\n';
  return EXIT_FAILURE;
}
