#include "eventstore/import/byte_source.hpp"

#include "eventstore/import/input_error.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>

namespace upline::eventstore::import {

namespace {

constexpr std::size_t compressed_bytes = 64 * 1024;
constexpr int gzip_only = 16 + MAX_WBITS;  // zlib.h, inflateInit2: 16 asks for gzip headers, nothing is guessed

std::string system_message() { return std::generic_category().message(errno); }

class PlainFile : public ByteSource {
 public:
  explicit PlainFile(const std::filesystem::path& file)
      : name_(file.string()), stream_(std::fopen(file.c_str(), "rb"), &std::fclose) {
    if (stream_ == nullptr) {
      throw InputError(
          fmt::format("{}: cannot be opened ({}); check its name and permissions.", name_, system_message()));
    }
    std::setvbuf(stream_.get(), nullptr, _IONBF, 0);
  }

  std::size_t read(std::span<char> into) override {
    const std::size_t count = std::fread(into.data(), 1, into.size(), stream_.get());
    if (count == 0 && std::ferror(stream_.get()) != 0) {
      throw InputError(fmt::format("{}: cannot be read after byte {} ({}); check the file and its disk.", name_,
                                   position_, system_message()));
    }
    position_ += count;
    return count;
  }

  const std::string& name() const { return name_; }
  std::uint64_t position() const { return position_; }

 private:
  std::string name_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_;
  std::uint64_t position_{};
};

// gzread would do, but it drops whatever follows the first member and does not look like another one: a file whose
// second member has a damaged header would lose its tail without a word.
class GzipFile : public ByteSource {
 public:
  explicit GzipFile(const std::filesystem::path& file) : file_(file), compressed_(compressed_bytes) {
    if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  ~GzipFile() override { inflateEnd(&stream_); }

  std::size_t read(std::span<char> into) override {
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(into.size());
    while (stream_.avail_out == into.size()) {
      if (stream_.avail_in == 0 && !take_compressed_bytes()) return 0;
      decompress();
    }
    return into.size() - stream_.avail_out;
  }

 private:
  bool take_compressed_bytes() {
    const std::size_t count = file_.read(compressed_);
    if (count == 0 && !is_between_members_) {
      throw InputError(fmt::format("{}: the gzip data ends too early, after byte {}; fetch or compress the file again.",
                                   file_.name(), file_.position()));
    }
    stream_.next_in = reinterpret_cast<Bytef*>(compressed_.data());
    stream_.avail_in = static_cast<uInt>(count);
    return count != 0;
  }

  void decompress() {
    if (is_between_members_) inflateReset(&stream_);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK && result != Z_STREAM_END) {
      throw InputError(fmt::format("{}: the gzip data is damaged near byte {} ({}); fetch or compress the file again.",
                                   file_.name(), file_.position() - stream_.avail_in,
                                   stream_.msg == nullptr ? "no reason given" : stream_.msg));
    }
    is_between_members_ = result == Z_STREAM_END;
  }

  PlainFile file_;
  std::vector<char> compressed_;
  z_stream stream_{};
  bool is_between_members_{};  // false before the first: an empty file is no gzip data
};

}  // namespace

std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file) {
  if (file.extension() == ".gz") return std::make_unique<GzipFile>(file);
  return std::make_unique<PlainFile>(file);
}

}  // namespace upline::eventstore::import
