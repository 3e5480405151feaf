// GBK, as Chinese banks' and Alipay's templates want it. By the C library's iconv.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace upline::projections {

class GbkEncoder {
 public:
  /// Throws where the C library cannot do GBK.
  GbkEncoder();
  ~GbkEncoder();
  GbkEncoder(const GbkEncoder&) = delete;
  GbkEncoder& operator=(const GbkEncoder&) = delete;

  /// Nothing where a character is not in GBK, or the text is not UTF-8. About a microsecond a name.
  std::optional<std::string> encode(std::string_view utf8);

 private:
  void* converter_;
};

}  // namespace upline::projections
