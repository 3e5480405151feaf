#include "domain/ids.hpp"

#include <algorithm>

namespace upline::domain {

bool is_well_formed_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == ':' || c == '-';
  };
  return !text.empty() && text.size() <= id_length_max && std::ranges::all_of(text, allowed);
}

}  // namespace upline::domain
