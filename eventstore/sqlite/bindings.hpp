// Values to and from SQLite's columns.
#pragma once

#include "eventstore/stored_event.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

namespace upline::eventstore::sqlite {

inline std::int64_t signed_of(std::uint64_t value) { return static_cast<std::int64_t>(value); }
inline std::uint64_t unsigned_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }

inline std::span<const std::uint8_t> blob(const SQLite::Column& column) {
  return {static_cast<const std::uint8_t*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

inline std::vector<std::uint8_t> bytes_of(const SQLite::Column& column) {
  const auto bytes = blob(column);
  return {bytes.begin(), bytes.end()};
}

template <std::size_t N>
std::array<std::uint8_t, N> fixed_blob(const SQLite::Column& column, const char* what) {
  const auto bytes = blob(column);
  if (bytes.size() != N) throw DamagedStore(fmt::format("a {} has {} bytes", what, bytes.size()));
  std::array<std::uint8_t, N> out;
  std::ranges::copy(bytes, out.begin());
  return out;
}

inline void bind_blob(SQLite::Statement& statement, int index, std::span<const std::uint8_t> bytes) {
  // An empty span may have a null pointer, which SQLite would bind as NULL.
  statement.bindNoCopy(index, bytes.empty() ? static_cast<const void*>("") : bytes.data(),
                       static_cast<int>(bytes.size()));
}

inline void bind_text(SQLite::Statement& statement, int index, std::string_view text) {
  statement.bind(index, std::string(text));
}

/// Ends a query when its reader is done, also by an exception: one left open keeps this connection in the past, where
/// it sees nothing new and gets no pen.
class EndOfQuery {
 public:
  explicit EndOfQuery(SQLite::Statement& query) : query_(query) {}
  EndOfQuery(const EndOfQuery&) = delete;
  EndOfQuery& operator=(const EndOfQuery&) = delete;
  ~EndOfQuery() { query_.tryReset(); }

 private:
  SQLite::Statement& query_;
};

}  // namespace upline::eventstore::sqlite
