// One list of fields reads and writes.
#pragma once

#include <type_traits>

namespace upline::eventstore {

/// Either T or const T.
template <class Self, class T>
concept Either = std::is_same_v<std::remove_const_t<Self>, T>;

}  // namespace upline::eventstore
