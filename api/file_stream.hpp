// A temporary file as a body. It was just written, so what is read is in memory, or comes from a disk in no time that
// anybody waits for.
#pragma once

#include "api/http.hpp"
#include "projections/exports/temporary_file.hpp"

#include <cstddef>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace upline::api {

class FileStream final : public BodyStream {
 public:
  explicit FileStream(std::unique_ptr<projections::TemporaryFile> file)
      : file_(std::move(file)), in_(file_->path(), std::ios::binary) {}

  std::optional<std::string> next(Wake) override {
    std::string piece(piece_bytes, '\0');
    in_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(in_.gcount()));
    if (piece.empty()) return std::nullopt;
    return piece;
  }

 private:
  static constexpr std::size_t piece_bytes = 65536;

  std::unique_ptr<projections::TemporaryFile> file_;
  std::ifstream in_;
};

}  // namespace upline::api
