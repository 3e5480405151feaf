// cereal's portable binary archive over memory: the same bytes as cereal::PortableBinaryOutputArchive writes in
// little-endian mode, without the stream that it wants (docs/decisions/0051).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include <cereal/cereal.hpp>

namespace upline::eventstore {

/// Numbers are copied as they lie in memory.
static_assert(std::endian::native == std::endian::little);

/// The archive's first byte: what follows is little-endian.
constexpr std::uint8_t little_endian_mark = 1;

/// Appends to bytes that outlive it.
class MemoryOutputArchive : public cereal::OutputArchive<MemoryOutputArchive, cereal::AllowEmptyClassElision> {
 public:
  explicit MemoryOutputArchive(std::vector<std::uint8_t>& bytes) : OutputArchive(this), bytes_(bytes) {
    bytes_.push_back(little_endian_mark);
  }

  void save_bytes(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::uint8_t*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }

 private:
  std::vector<std::uint8_t>& bytes_;
};

/// Takes from bytes that outlive it. Throws cereal::Exception where they do not suffice.
class MemoryInputArchive : public cereal::InputArchive<MemoryInputArchive, cereal::AllowEmptyClassElision> {
 public:
  explicit MemoryInputArchive(std::span<const std::uint8_t> bytes) : InputArchive(this), left_(bytes) {
    std::uint8_t mark{};
    load_bytes(&mark, sizeof mark);
    if (mark != little_endian_mark) throw cereal::Exception("the bytes are not little-endian");
  }

  void load_bytes(void* to, std::size_t size) {
    if (left_.size() < size) throw cereal::Exception("bytes are missing");
    if (size != 0) std::memcpy(to, left_.data(), size);
    left_ = left_.subspan(size);
  }

  std::size_t left() const { return left_.size(); }

 private:
  std::span<const std::uint8_t> left_;
};

template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(MemoryOutputArchive& archive, const T& number) {
  archive.save_bytes(std::addressof(number), sizeof number);
}

template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(MemoryInputArchive& archive, T& number) {
  archive.load_bytes(std::addressof(number), sizeof number);
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(MemoryOutputArchive& archive, const cereal::BinaryData<T>& data) {
  archive.save_bytes(data.data, static_cast<std::size_t>(data.size));
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(MemoryInputArchive& archive, cereal::BinaryData<T>& data) {
  archive.load_bytes(data.data, static_cast<std::size_t>(data.size));
}

}  // namespace upline::eventstore

CEREAL_REGISTER_ARCHIVE(upline::eventstore::MemoryOutputArchive)
CEREAL_REGISTER_ARCHIVE(upline::eventstore::MemoryInputArchive)
CEREAL_SETUP_ARCHIVE_TRAITS(upline::eventstore::MemoryInputArchive, upline::eventstore::MemoryOutputArchive)
