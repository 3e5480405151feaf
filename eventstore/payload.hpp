// Values as bytes: cereal's portable binary archive, little-endian, with bounded lengths in front of everything that
// varies. docs/format.md, "Payloads".
#pragma once

#include "domain/event.hpp"
#include "eventstore/event_fields.hpp"
#include "eventstore/memory_archive.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace upline::eventstore {

/// Elements that one list may hold: keys of an event, ranges of a delivery, levels of a chain.
constexpr std::uint32_t list_length_max = 1'000'000;

/// A length out of bounds, an unknown number, bytes missing or left over.
class UndecodablePayload : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

template <class T>
concept Number = std::is_integral_v<T>;

template <class T>
concept StoredEnum = std::is_enum_v<T>;

/// A struct that wraps one number: Minor, Level, Timestamp ...
template <class T>
concept WrappedNumber = requires(T v) {
  requires std::is_aggregate_v<T>;
  requires Number<std::remove_reference_t<decltype(v.value)>>;
  requires sizeof(T) == sizeof(v.value);
};

template <class T>
concept RawBytes = requires(T v) {
  requires std::same_as<std::remove_cvref_t<decltype(v.bytes)>, std::array<std::uint8_t, 16>>;
} || std::same_as<T, domain::Digest>;

}  // namespace detail

class PayloadWriter {
 public:
  PayloadWriter() : archive_(bytes_) {}
  PayloadWriter(const PayloadWriter&) = delete;
  PayloadWriter& operator=(const PayloadWriter&) = delete;

  template <class T>
  void operator()(const char*, const T& value) {
    write(value);
  }

  std::span<const std::uint8_t> bytes() const { return bytes_; }

  /// Starts another payload in the same memory.
  void restart() { bytes_.resize(1); }  // the archive's first byte, its mark of little-endian bytes, stays

  template <detail::Number T>
  void write(const T& v) {
    archive_(v);
  }
  template <detail::StoredEnum T>
  void write(const T& v) {
    write(static_cast<std::underlying_type_t<T>>(v));
  }
  template <detail::WrappedNumber T>
  void write(const T& v) {
    write(v.value);
  }
  template <detail::RawBytes T>
  void write(const T& v) {
    raw(v.bytes.data(), v.bytes.size());
  }
  template <class Tag>
  void write(const domain::Id<Tag>& v) {
    short_text(v.value);
  }
  void write(const domain::Currency& v) { short_text(v.code); }
  void write(const domain::Exponent& v) { write(static_cast<std::uint8_t>(v.digits)); }
  void write(const domain::Timestamp& v) { write(v.microseconds); }
  void write(const domain::Duration& v) { write(v.microseconds); }
  void write(const std::string& v) {
    write(static_cast<std::uint16_t>(v.size()));
    raw(v.data(), v.size());
  }
  template <class T>
  void write(const std::optional<T>& v) {
    write(static_cast<std::uint8_t>(v.has_value()));
    if (v) write(*v);
  }
  template <class T>
  void write(const std::vector<T>& v) {
    write(static_cast<std::uint32_t>(v.size()));
    for (const auto& element : v) write(element);
  }
  void write(const domain::Rates& v) {
    write(static_cast<std::uint8_t>(std::holds_alternative<domain::PercentRates>(v) ? 1 : 2));
    std::visit([&](const auto& rates) { fields(*this, rates); }, v);
  }
  template <class T>
    requires requires(PayloadWriter& f, const T& v) { fields(f, v); }
  void write(const T& v) {
    fields(*this, v);
  }

 private:
  void short_text(const std::string& text) {
    write(static_cast<std::uint8_t>(text.size()));
    raw(text.data(), text.size());
  }
  void raw(const void* data, std::size_t size) { archive_(cereal::binary_data(data, size)); }

  std::vector<std::uint8_t> bytes_{};
  MemoryOutputArchive archive_;
};

/// Takes bytes whose hash was checked, and still trusts no length in them. Throws UndecodablePayload.
class PayloadReader {
 public:
  explicit PayloadReader(std::span<const std::uint8_t> bytes);

  template <class T>
  void operator()(const char*, T& value) {
    read(value);
  }

  /// Throws unless every byte was read.
  void finish() const;

  template <detail::Number T>
  void read(T& v) {
    need(sizeof(T));
    archive_(v);
  }
  void read(bool& v) { v = flag(); }
  template <detail::StoredEnum T>
  void read(T& v) {
    std::underlying_type_t<T> number{};
    read(number);
    v = static_cast<T>(number);
    check(v);
  }
  template <detail::WrappedNumber T>
  void read(T& v) {
    read(v.value);
  }
  template <detail::RawBytes T>
  void read(T& v) {
    need(v.bytes.size());
    archive_(cereal::binary_data(v.bytes.data(), v.bytes.size()));
  }
  template <class Tag>
  void read(domain::Id<Tag>& v) {
    short_text(v.value);
  }
  void read(domain::Currency& v) { short_text(v.code); }
  void read(domain::Exponent& v) {
    std::uint8_t digits{};
    read(digits);
    v.digits = digits;
  }
  void read(domain::Timestamp& v) { read(v.microseconds); }
  void read(domain::Duration& v) { read(v.microseconds); }
  void read(std::string& v) {
    std::uint16_t size{};
    read(size);
    text(v, size);
  }
  template <class T>
  void read(std::optional<T>& v) {
    v.reset();
    if (flag()) read(v.emplace());
  }
  template <class T>
  void read(std::vector<T>& v) {
    std::uint32_t size{};
    read(size);
    if (size > list_length_max || size > archive_.left()) throw UndecodablePayload("a list is longer than its bytes");
    v.resize(size);
    for (auto& element : v) read(element);
  }
  void read(domain::Rates& v);
  template <class T>
    requires requires(PayloadReader& f, T& v) { fields(f, v); }
  void read(T& v) {
    fields(*this, v);
  }

 private:
  void need(std::size_t count) const {
    if (archive_.left() < count) throw_missing();
  }
  [[noreturn]] static void throw_missing();
  bool flag();
  void text(std::string& v, std::size_t size);
  void short_text(std::string& v);

  static void check(domain::Fulfilment v);
  static void check(domain::RateKind v);
  static void check(domain::ForfeitReason v);
  static void check(domain::BindingRule v);
  static void check(domain::KeySource v);
  static void check(domain::Leaving v);
  static void check(domain::PaymentEffect v);
  static void check(domain::RefundKind v);

  MemoryInputArchive archive_;
};

}  // namespace upline::eventstore
