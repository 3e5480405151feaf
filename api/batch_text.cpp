#include "api/batch_text.hpp"

#include "api/batch.hpp"
#include "api/endpoint.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace upline::api {

std::vector<BatchText> split_batch(std::string_view body) {
  std::vector<BatchText> lines;
  for (std::size_t number = 1; !body.empty(); ++number) {
    const auto end = std::min(body.find('\n'), body.size());
    const auto text = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (lines.size() == batch_lines_max) {
      throw Refused({413, "too_many_lines",
                     fmt::format("A batch has {} commands at most; send the others in another.", batch_lines_max)});
    }
    lines.push_back({number, text});
  }
  if (lines.empty()) throw BadBody("The batch holds no command.", {});
  return lines;
}

}  // namespace upline::api
