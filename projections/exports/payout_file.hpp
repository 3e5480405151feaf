// A settlement becomes a file that a bank or a payment service takes. The templates are described in docs/payouts.md.
#pragma once

#include "domain/currency.hpp"
#include "domain/money.hpp"
#include "domain/time.hpp"
#include "eventstore/payees.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace upline::projections {

/// One payout of the settlement: what is left for the member after tax and fee.
struct PayoutLine {
  std::string member{};
  std::string currency{};
  domain::Minor net{};  // above 0
};

using PayoutVisitor = std::function<void(const PayoutLine&)>;

/// Who pays: what the file says of the merchant. Empty where a format does not ask for it.
struct Payer {
  std::string name{};
  std::string account{};  // an IBAN or another number
  std::string bic{};
  std::string wechat_appid{};
};

/// What is to be paid, as often as it is asked for, and each time the same lines in the same order.
struct PayoutBatch {
  std::string settlement{};
  domain::Timestamp settled_at{};  // of the event that fixed the settlement: the only time that a file says
  std::function<void(const PayoutVisitor&)> for_each;
  std::function<std::optional<eventstore::Payee>(const std::string& member)> payee_of;
  std::function<domain::Exponent(std::string_view currency)> exponent_of;
  Payer payer{};
};

/// Where a file's bytes go. begin_file() ends the file before: only formats with a greatest number of rows call it.
class PayoutSink {
 public:
  virtual ~PayoutSink() = default;
  virtual void begin_file() = 0;
  virtual void write(std::string_view bytes) = 0;
};

/// The file cannot be made. Names the member and what is missing, and no part of an account.
class PayoutRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A format of payout files, by its name on the command line and in the log.
struct PayoutFormat {
  std::string_view name{};          // `alipay`
  std::string_view what{};          // for --help
  std::string_view extension{};     // `csv`
  std::string_view content_type{};  // for HTTP
  void (*write)(const PayoutBatch& batch, PayoutSink& sink){};
  bool (*is_part)(std::string_view head, std::size_t number){};  // null where a file has one part only
};

/// In the order of their names.
std::span<const PayoutFormat> payout_formats();
const PayoutFormat* find_payout_format(std::string_view name);

/// What begins so is part `number` of a payout file, whichever the settlement.
bool is_further_part(std::string_view head, std::size_t number);

/// Names one payout to the bank and in its answer: 32 hexadecimal digits, the first half of the SHA-256 of settlement,
/// member and currency with a line feed between. The same for ever, and tells nothing of the member.
std::string payout_reference(std::string_view settlement, std::string_view member, std::string_view currency);

// For the formats

/// The payee, and the fields that the format cannot do without. Throws PayoutRefused where one is missing.
eventstore::Payee payee_for(const PayoutBatch& batch, const PayoutLine& line, std::string_view format,
                            std::span<const std::string_view> needed);

/// Refuses a line in another currency than yuan.
void require_cny(const PayoutLine& line, std::string_view format);

}  // namespace upline::projections
