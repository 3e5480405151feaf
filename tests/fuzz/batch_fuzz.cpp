// Whatever a client sends as a batch: its lines stay in order and within bounds, and each is a command of the route
// that it names, or refused with a sentence.
#include "api/batch.hpp"
#include "api/batch_line.hpp"
#include "api/batch_text.hpp"
#include "api/endpoint.hpp"
#include "domain/ids.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace upline;
using namespace upline::api;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_lines(std::string_view body, const std::vector<BatchText>& lines) {
  require(!lines.empty() && lines.size() <= batch_lines_max);
  std::size_t last = 0;
  for (const auto& [number, text] : lines) {
    require(number > last);
    require(text.data() >= body.data() && text.data() + text.size() <= body.data() + body.size());
    require(!text.empty() && text.find('\n') == std::string_view::npos);
    last = number;
  }
}

/// A merchant may send every command, so nothing is left to refuse but the line itself.
void read_line(std::string_view text) {
  const Caller merchant{.role = Role::merchant};
  Request line{.body = std::string(text)};
  try {
    const auto parsed = command_of_line(line, "kami", merchant);
    require(parsed.has_value());
    require(line.method == "POST" && parsed->write != nullptr);
    const auto& key = parsed->command.command_id;
    require(key.empty() || domain::is_well_formed_id(key));
  } catch (const BadBody& refused) {
    require(!std::string_view(refused.what()).empty());
  } catch (const Refused& refused) {
    require(refused.problem().status >= 400 && refused.problem().status < 500);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  try {
    const auto lines = split_batch(body);
    check_lines(body, lines);
    for (const auto& line : lines) read_line(line.text);
  } catch (const BadBody&) {
    require(body.find_first_not_of(" \t\r\n") == std::string_view::npos);
  } catch (const Refused& refused) {
    require(refused.problem().status == 413);
  }
  return 0;
}
