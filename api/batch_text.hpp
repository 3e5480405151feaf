// A body of many lines (NDJSON), cut into them.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace upline::api {

struct BatchText {
  std::size_t number{};     // counts the lines of the body from 1
  std::string_view text{};  // of the body, without the line end
};

/// The lines that hold something; blank ones count, and hold no command. A line ends by "\n" or "\r\n". Throws BadBody
/// where there is none, and Refused, 413, where there are more than batch_lines_max.
std::vector<BatchText> split_batch(std::string_view body);

}  // namespace upline::api
