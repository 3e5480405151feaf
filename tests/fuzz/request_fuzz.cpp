// Whatever bytes a client sends: requests come out of them, or a refusal; the same requests however the bytes were cut;
// and each request means a route or gets a problem.
#include "api/problem.hpp"
#include "api/routes.hpp"
#include "api/same_machine.hpp"
#include "api/transport/request_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

using namespace upline::api;
using transport::Parsed;
using transport::RequestParser;

namespace {

constexpr std::size_t header_bytes_max = 4096;
constexpr std::size_t body_bytes_max = 4096;

void require(bool holds) {
  if (!holds) std::abort();
}

/// What a connection would make of the bytes: the requests, and the status of the refusal that ends them, or 0.
struct Understood {
  std::vector<Request> requests{};
  unsigned refused{};
};

class Bytes {
 public:
  Bytes(std::string_view all, std::size_t at_once) : rest_(all), at_once_(at_once) {}

  boost::beast::flat_buffer& read() { return read_; }
  bool read_more() {
    const auto piece = rest_.substr(0, std::min(at_once_, rest_.size()));
    rest_.remove_prefix(piece.size());
    read_.commit(boost::asio::buffer_copy(read_.prepare(piece.size()), boost::asio::buffer(piece)));
    return !piece.empty();
  }

 private:
  std::string_view rest_;
  std::size_t at_once_;
  boost::beast::flat_buffer read_;
};

Understood understand(std::string_view all, std::size_t at_once) {
  Bytes bytes(all, at_once);
  Understood understood;
  for (;;) {
    RequestParser parser(header_bytes_max, body_bytes_max);
    auto parsed = parser.feed(bytes.read());
    while (parsed == Parsed::needs_more || parsed == Parsed::header) {
      if (parsed == Parsed::needs_more && !bytes.read_more()) return understood;
      parsed = parser.feed(bytes.read());
    }
    if (parsed == Parsed::refused) {
      understood.refused = parser.refusal().status;
      require(understood.refused >= 400 && !parser.refusal().detail.empty());
      return understood;
    }
    understood.requests.push_back(parser.take());
  }
}

bool are_same(const Request& left, const Request& right) {
  return left.method == right.method && left.path == right.path && left.query == right.query &&
         left.body == right.body &&
         std::ranges::equal(left.headers, right.headers,
                            [](const Header& a, const Header& b) { return a.name == b.name && a.value == b.value; });
}

void check_request(const Request& request) {
  require(request.body.size() <= body_bytes_max);
  require(request.path == "*" || request.path.starts_with('/'));
  for (const auto& header : request.headers) {
    require(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
  refuse_foreign(request, AllowedOrigins({"https://shop.example"}));
  const auto match = routes().find(request);
  if (!match) return require(match.error().status >= 204 && match.error().status < 500);
  require(routes().handler_of(*match).action.index() != std::variant_npos);
  for (const auto& [name, value] : match->path) require(!value.empty() && value.find('\0') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto whole = understand(all, all.size() + 1);
  for (const auto& request : whole.requests) check_request(request);
  const auto in_pieces = understand(all, 1 + size % 7);
  // Where the bytes end in the middle of what is wrong, one has noticed and the other still waits; but never is more or
  // less taken for a request.
  require(std::ranges::equal(whole.requests, in_pieces.requests, are_same));
  return 0;
}
