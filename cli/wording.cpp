#include "cli/wording.hpp"

#include "cli/rows_out.hpp"

#include <fmt/format.h>

namespace upline::cli {

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string percent_text(std::int64_t basis_points) {
  auto text = fmt::format("{}.{:02}", basis_points / 100, basis_points % 100);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + "%";
}

std::string rate_text(const domain::Rate& rate) {
  return rate.kind == domain::RateKind::fixed_minor ? fmt::format("{} minor a unit", rate.value)
                                                    : percent_text(rate.value);
}

std::string position_text(const std::optional<domain::Position>& position) {
  return position ? fmt::format("#{}", position->value) : std::string("-");
}

std::string keys_text(const std::vector<domain::KeyRange>& keys) {
  std::uint64_t count = 0;
  std::string numbers;
  for (const auto& range : keys) {
    count += range.count;
    if (!numbers.empty()) numbers += ", ";
    numbers += range.count == 1 ? std::to_string(range.first)
                                : fmt::format("{}-{}", range.first, range.first + range.count - 1);
  }
  if (keys.empty()) return {};
  return (count == 1 ? "key " : "keys ") + numbers;
}

}  // namespace upline::cli
