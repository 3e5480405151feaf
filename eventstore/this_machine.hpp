// Whether a host is the machine that the program runs on.
#pragma once

#include <string_view>

namespace upline::eventstore {

/// True for localhost, an address of 127.0.0.0/8 and ::1, the last in brackets or without. By the text alone: no name
/// is looked up.
bool is_this_machine(std::string_view host);

}  // namespace upline::eventstore
