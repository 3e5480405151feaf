#include "projections/exports/gbk.hpp"

#include <cerrno>
#include <system_error>

#include <iconv.h>

namespace upline::projections {

GbkEncoder::GbkEncoder() : converter_(::iconv_open("GBK", "UTF-8")) {
  // iconv_open's own way to say no.
  if (converter_ == reinterpret_cast<void*>(-1)) {  // NOLINT(performance-no-int-to-ptr)
    throw std::system_error(errno, std::generic_category(), "the C library cannot encode GBK");
  }
}

GbkEncoder::~GbkEncoder() { ::iconv_close(converter_); }

std::optional<std::string> GbkEncoder::encode(std::string_view utf8) {
  std::string input(utf8);
  std::string output(input.size() * 2, '\0');
  auto* from = input.data();
  auto* to = output.data();
  auto left = input.size();
  auto room = output.size();
  ::iconv(converter_, nullptr, nullptr, nullptr, nullptr);
  // Above 0: some characters were replaced by similar ones.
  if (::iconv(converter_, &from, &left, &to, &room) != 0) return std::nullopt;
  output.resize(output.size() - room);
  return output;
}

}  // namespace upline::projections
