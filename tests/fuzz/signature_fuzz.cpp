// Whatever stands in the header of a gateway's signature: it is good only with the right code for the time that it
// names, and nothing beside that code makes a good one bad or a late one timely.
#include "api/message_signature.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace upline;
using namespace upline::api;

namespace {

constexpr std::string_view secret = "gwsec_fuzz";
constexpr std::string_view body = R"({"payment":"p1"})";
constexpr std::int64_t seconds = 1'767'225'600;
constexpr domain::Timestamp now{seconds * domain::microseconds_per_second};

void require(bool holds) {
  if (!holds) std::abort();
}

SignatureCheck check(std::string_view header, domain::Timestamp at = now) {
  return check_signature(header, body, secret, at);
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return small;
}

/// The only header that the fuzzer can know to be good is in its corpus; any other would be a forgery.
void check_found(std::string_view header) {
  static const auto signature = signature_of(body, secret, seconds);
  static const auto code = signature.substr(signature.find("v1=") + 3);
  if (check(header) == SignatureCheck::good) require(in_small_letters(header).find(code) != std::string::npos);
}

/// Parts that are neither a time nor a code are passed over.
void check_beside_a_good_one(std::string_view junk) {
  if (junk.find('=') != std::string_view::npos) return;
  const auto good = signature_of(body, secret, seconds);
  require(check(good + "," + std::string(junk)) == SignatureCheck::good);
  require(check(std::string(junk) + "," + good) == SignatureCheck::good);
  const domain::Timestamp late{now.microseconds + (signature_window_seconds + 1) * domain::microseconds_per_second};
  require(check(good + "," + std::string(junk), late) == SignatureCheck::untimely);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_found(text);
  check_beside_a_good_one(text);
  return 0;
}
