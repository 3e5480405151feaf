// CSV fields as reports and exports write them.
#pragma once

#include <string>
#include <string_view>

namespace upline::eventstore {

/// Appends one field, quoted only where RFC 4180 asks for it: a comma, a quote, CR or LF inside. Commas and line ends
/// are the caller's. An empty field adds nothing, so a row of one empty field is a blank line.
void append_csv_field(std::string& out, std::string_view field);

/// Like append_csv_field, for text that people wrote and other people open in a spreadsheet: what starts with
/// = + - @ tab or CR would run there as a formula, so an apostrophe goes in front. It does not come off again when the
/// file is read: not for ids, amounts and times, which must come back as they were.
void append_csv_text(std::string& out, std::string_view text);

}  // namespace upline::eventstore
