// One lambda per alternative for std::visit: the table of a decider or an evolver, which a forgotten row breaks.
#pragma once

namespace upline::domain {

template <class... Rows>
struct Overloaded : Rows... {
  using Rows::operator()...;
};

}  // namespace upline::domain
