#include "eventstore/request.hpp"

#include <utility>

namespace upline::eventstore {

std::string_view name(Answer answer) {
  switch (answer) {
    case Answer::appended:
      return "appended";
    case Answer::already_there:
      return "already_there";
    case Answer::repeated:
      return "repeated";
    case Answer::rejected:
      return "rejected";
    case Answer::failed:
      return "failed";
  }
  std::unreachable();
}

}  // namespace upline::eventstore
