#include "projections/exports/gbk_rows.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace upline::projections {

void GbkRows::title(std::string_view text) {
  const auto bytes = encoder_.encode(text);
  if (!bytes) throw std::logic_error("a template's own line is not in GBK");
  sink_.write(*bytes + "\r\n");
}

void GbkRows::row(const PayoutLine& line, std::span<const std::string> fields) {
  std::string text;
  for (const auto& field : fields) {
    if (field.find_first_of(",\"") != std::string::npos) {
      throw PayoutRefused(fmt::format(
          "the payee account of member {} holds a comma or a quote, which the template has no room for", line.member));
    }
    if (!text.empty()) text += ',';
    text += field;
  }
  const auto bytes = encoder_.encode(text);
  if (!bytes) {
    throw PayoutRefused(
        fmt::format("the payee account of member {} holds a character that GBK does not have; write the "
                    "name as the bank writes it",
                    line.member));
  }
  sink_.write(*bytes + "\r\n");
}

}  // namespace upline::projections
