// Whatever body a client sends: it is an object that answers what it is asked, or it is refused as BadBody.
#include "api/json_body.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace upline::api;

namespace {

template <class Ask>
void ask(Ask of_the_body) {
  try {
    of_the_body();
  } catch (const BadBody& refused) {
    if (std::string_view(refused.what()).empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ask([&] {
    JsonBody body({reinterpret_cast<const char*>(data), size});
    ask([&] { body.text("a"); });
    ask([&] { body.integer("a"); });
    ask([&] { body.optional_flag("a"); });
    ask([&] { body.texts("a"); });
    ask([&] { body.integers("a"); });
    ask([&] { body.optional_time("a"); });
    ask([&] { body.optional_duration("a"); });
    body.finish();
    // Nothing but "a" was there, and it is one thing at most.
    int kinds = 0;
    ask([&] { kinds += body.optional_text("a").has_value() ? 1 : 0; });
    ask([&] { kinds += body.optional_integer("a").has_value() ? 1 : 0; });
    ask([&] { kinds += body.optional_flag("a").has_value() ? 1 : 0; });
    if (kinds > 1 || (kinds == 1 && !body.has("a"))) std::abort();
  });
  return 0;
}
