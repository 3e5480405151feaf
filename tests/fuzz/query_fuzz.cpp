// Whatever stands behind the '?', and in a path: it is decoded to text in UTF-8 without a NUL, each name once, or
// refused; and what is encoded again decodes to the same.
#include "api/router.hpp"
#include "domain/utf8.hpp"

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

using namespace upline::api;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_text(std::string_view text) {
  require(upline::domain::is_utf8(text));
  require(text.find('\0') == std::string_view::npos);
}

std::string encoded(std::string_view text) {
  std::string written;
  for (const char letter : text) written += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  return written;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool plus_is_space : {false, true}) {
    const auto decoded = percent_decode(text, plus_is_space);
    if (!decoded) continue;
    check_text(*decoded);
    require(decoded->size() <= text.size());
    require(percent_decode(encoded(*decoded), plus_is_space) == *decoded);
  }
  const auto query = parse_query(text);
  if (!query) return 0;
  std::set<std::string> names;
  std::string again;
  for (const auto& [name, value] : *query) {
    check_text(name);
    check_text(value);
    require(names.insert(name).second);
    require(query->find(name) == &value);
    again += '&' + encoded(name) + '=' + encoded(value);
  }
  const auto reread = parse_query(again);
  require(reread.has_value() && reread->size() == query->size());
  return 0;
}
