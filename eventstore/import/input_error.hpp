// The refusal of a whole file: nothing in it can be trusted, so an import ends before its next row.
#pragma once

#include <stdexcept>

namespace upline::eventstore::import {

/// Says in one sentence which file, where in it, and what to do. It never quotes the file's content, which may be a
/// secret.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace upline::eventstore::import
