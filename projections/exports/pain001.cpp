// ISO 20022 pain.001.001.09, CustomerCreditTransferInitiation: a bank's credit transfers. The lines are read twice, for
// their number and sum stand above them.
#include "domain/time.hpp"
#include "projections/exports/day_text.hpp"
#include "projections/exports/payout_formats.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace upline::projections {

namespace {

__extension__ using Wide = __int128;

constexpr std::array<std::string_view, 3> needed{"name", "bank_account", "bic"};
constexpr std::size_t name_characters_max = 140;

std::string escaped(std::string_view text) {
  std::string out;
  for (const auto c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// At most as many characters as the schema allows, cut between two of them.
std::string cut(std::string_view text, std::size_t characters_max) {
  std::size_t characters = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const bool starts_one = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (starts_one && characters++ == characters_max) break;
    ++end;
  }
  return std::string(text.substr(0, end));
}

/// Two letters, two digits, then 11 to 30 letters and digits: what the schema's IBAN2007Identifier takes.
bool is_iban(std::string_view account) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return account.size() >= 15 && account.size() <= 34 && std::ranges::all_of(account.substr(0, 2), is_upper) &&
         std::ranges::all_of(account.substr(2, 2), is_digit) &&
         std::ranges::all_of(account.substr(4), [&](char c) { return is_upper(c) || is_digit(c); });
}

/// Numbers that are no IBAN go under Othr, which has room for 34 characters.
std::string account_id(std::string_view account) {
  if (is_iban(account)) return fmt::format("<Id><IBAN>{}</IBAN></Id>", account);
  return fmt::format("<Id><Othr><Id>{}</Id></Othr></Id>", escaped(account));
}

std::string agent(std::string_view bic) {
  return fmt::format("<FinInstnId><BICFI>{}</BICFI></FinInstnId>", escaped(bic));
}

/// The sum of amounts in several currencies, as the schema's CtrlSum wants it: the bare numbers.
class ControlSum {
 public:
  void add(domain::Minor amount, domain::Exponent exponent) {
    ++rows_;
    sums_[exponent.digits] += amount.value;
  }
  std::uint64_t rows() const { return rows_; }
  std::string text() const {
    int digits = 0;
    for (const auto& [exponent, sum] : sums_) digits = std::max(digits, exponent);
    Wide total = 0;
    for (const auto& [exponent, sum] : sums_) {
      auto scaled = sum;
      for (auto i = exponent; i < digits; ++i) scaled *= 10;
      total += scaled;
    }
    auto text = fmt::format("{:0{}}", total, digits + 1);
    if (digits > 0) text.insert(text.size() - static_cast<std::size_t>(digits), ".");
    return text;
  }

 private:
  std::uint64_t rows_ = 0;
  std::map<int, Wide> sums_;
};

void check_payer(const Payer& payer) {
  if (payer.name.empty() || payer.account.empty() || payer.bic.empty()) {
    throw PayoutRefused("pain001 needs who pays: give --payer-name, --payer-account and --payer-bic");
  }
}

std::string head(const PayoutBatch& batch, const ControlSum& sum) {
  const auto id = payout_reference(batch.settlement, "", "");
  const auto name = escaped(cut(batch.payer.name, name_characters_max));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">\n<CstmrCdtTrfInitn>\n"
      "<GrpHdr><MsgId>{0}</MsgId><CreDtTm>{1}</CreDtTm><NbOfTxs>{2}</NbOfTxs><CtrlSum>{3}</CtrlSum>"
      "<InitgPty><Nm>{4}</Nm></InitgPty></GrpHdr>\n"
      "<PmtInf><PmtInfId>{0}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>{2}</NbOfTxs><CtrlSum>{3}</CtrlSum>"
      "<ReqdExctnDt><Dt>{5}</Dt></ReqdExctnDt><Dbtr><Nm>{4}</Nm></Dbtr><DbtrAcct>{6}</DbtrAcct><DbtrAgt>{7}</"
      "DbtrAgt>\n",
      id, domain::format_rfc3339(batch.settled_at), sum.rows(), sum.text(), name, day_text(batch.settled_at),
      account_id(batch.payer.account), agent(batch.payer.bic));
}

std::string transfer(const PayoutBatch& batch, const PayoutLine& line) {
  const auto payee = payee_for(batch, line, "pain001", needed);
  return fmt::format(
      "<CdtTrfTxInf><PmtId><EndToEndId>{}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"{}\">{}</InstdAmt></Amt>"
      "<CdtrAgt>{}</CdtrAgt><Cdtr><Nm>{}</Nm></Cdtr><CdtrAcct>{}</CdtrAcct><RmtInf><Ustrd>Commission "
      "{}</Ustrd></RmtInf>"
      "</CdtTrfTxInf>\n",
      payout_reference(batch.settlement, line.member, line.currency), line.currency,
      domain::decimal_text(line.net, batch.exponent_of(line.currency)), agent(payee.bic),
      escaped(cut(payee.name, name_characters_max)), account_id(payee.bank_account), escaped(batch.settlement));
}

}  // namespace

void write_pain001(const PayoutBatch& batch, PayoutSink& sink) {
  check_payer(batch.payer);
  ControlSum sum;
  batch.for_each([&](const PayoutLine& line) {
    constexpr std::size_t iso_4217_length = 3;
    constexpr domain::Exponent schema_max{5};
    const auto exponent = batch.exponent_of(line.currency);
    if (line.currency.size() != iso_4217_length || exponent > schema_max) {
      throw PayoutRefused(fmt::format("member {} is to be paid in {}, which is no currency of a bank transfer",
                                      line.member, line.currency));
    }
    sum.add(line.net, exponent);
  });
  if (sum.rows() == 0) throw PayoutRefused("there is nothing to pay, and pain001 has no file for that");
  sink.write(head(batch, sum));
  batch.for_each([&](const PayoutLine& line) { sink.write(transfer(batch, line)); });
  sink.write("</PmtInf>\n</CstmrCdtTrfInitn>\n</Document>\n");
}

}  // namespace upline::projections
