// Rows of a template in GBK with CRLF: fields between commas, nothing quoted, for the services that take them do not
// say that they unquote.
#pragma once

#include "projections/exports/gbk.hpp"
#include "projections/exports/payout_file.hpp"

#include <span>
#include <string>
#include <string_view>

namespace upline::projections {

class GbkRows {
 public:
  explicit GbkRows(PayoutSink& sink) : sink_(sink) {}

  /// A line of the template itself.
  void title(std::string_view text);

  /// Throws PayoutRefused, naming the member, for a field with a comma, a quote or a character that GBK does not have.
  void row(const PayoutLine& line, std::span<const std::string> fields);

 private:
  PayoutSink& sink_;
  GbkEncoder encoder_;
};

}  // namespace upline::projections
