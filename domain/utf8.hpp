// Which bytes are text: UTF-8 as RFC 3629 defines it.
#pragma once

#include <string_view>

namespace upline::domain {

/// False for overlong forms, surrogates, anything above U+10FFFF, and sequences cut short. NUL is valid.
/// One pass, eight bytes at a time where they are ASCII.
bool is_utf8(std::string_view text);

}  // namespace upline::domain
