#include "eventstore/csv_writer.hpp"

namespace upline::eventstore {

namespace {

constexpr std::string_view formula_starts = "=+-@\t\r";

void append_quoted(std::string& out, std::string_view field) {
  out += '"';
  for (auto quote = field.find('"'); quote != std::string_view::npos; quote = field.find('"')) {
    out.append(field.substr(0, quote + 1)) += '"';
    field.remove_prefix(quote + 1);
  }
  out.append(field) += '"';
}

}  // namespace

void append_csv_field(std::string& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
  } else {
    append_quoted(out, field);
  }
}

void append_csv_text(std::string& out, std::string_view text) {
  const bool is_formula = !text.empty() && formula_starts.contains(text.front());
  if (is_formula) return append_csv_field(out, '\'' + std::string{text});
  append_csv_field(out, text);
}

}  // namespace upline::eventstore
