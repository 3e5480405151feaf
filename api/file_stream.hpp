// A temporary file as a body. It was just written, so what is read is in memory, or comes from a disk in no time that
// anybody waits for.
#pragma once

#include "api/http.hpp"
#include "eventstore/stored_event.hpp"
#include "projections/exports/temporary_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace upline::api {

class FileStream final : public BodyStream {
 public:
  /// `place` is given back with the stream. The file goes with the last who reads it.
  /// Throws StoreUnwritable where it cannot be opened.
  FileStream(const projections::TemporaryFile& file, std::shared_ptr<void> place)
      : in_(file.path(), std::ios::binary), place_(std::move(place)) {
    std::error_code error;
    left_ = std::filesystem::file_size(file.path(), error);
    if (!in_ || error) throw eventstore::StoreUnwritable("the temporary file of an answer cannot be read");
  }

  std::optional<std::string> next(Wake) override {
    std::string piece(piece_bytes, '\0');
    in_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(in_.gcount()));
    // The connection breaks, so that nobody takes a part for the whole.
    if (piece.empty() && left_ > 0) throw std::runtime_error("the temporary file of an answer was cut short");
    left_ -= std::min<std::uintmax_t>(left_, piece.size());
    if (piece.empty()) return std::nullopt;
    return piece;
  }

 private:
  static constexpr std::size_t piece_bytes = 65536;

  std::ifstream in_;
  std::shared_ptr<void> place_;
  std::uintmax_t left_{};
};

}  // namespace upline::api
