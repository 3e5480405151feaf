// The grammar of one CSV record (RFC 4180): where it ends, whether its quotes are sound, and which fields it has.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace upline::eventstore::import {

struct RecordExtent {
  std::size_t bytes{};  // without the line end
  bool has_quotes{};
  bool is_well_quoted{};
};

/// Measures the record that `window` starts with. It ends before an LF or CR LF outside quotes, or where the window
/// ends; a CR that ends the window counts as a line end. A record that is not well quoted (a quote inside an unquoted
/// field, text behind a closing quote, a quote that is never closed, a lone CR outside quotes) is its first physical
/// line, except that a quote still open after `bytes_max` bytes makes it the whole window.
/// One pass at the speed of memchr where there are no quotes.
RecordExtent measure_record(std::string_view window, std::size_t bytes_max);

/// Splits a record without quotes at its commas; stores as many fields as `fields` has room for and answers how many
/// there are. An empty record has one empty field.
std::size_t split_plain(std::string_view record, std::span<std::string_view> fields);

/// Like split_plain, for a well-quoted record. Doubled quotes are made single in place, so the record is changed.
std::size_t split_quoted(std::span<char> record, std::span<std::string_view> fields);

}  // namespace upline::eventstore::import
