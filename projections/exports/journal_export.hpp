// The journal as a file for other programs: what all formats share. Each has a source file of its own; they stream.
#pragma once

#include "domain/currency.hpp"
#include "projections/exports/journal_text.hpp"
#include "projections/journal.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace upline::projections {

/// Where a file's bytes go, in pieces.
using ByteSink = std::function<void(std::string_view)>;

/// The format cannot hold what the journal has.
class ExportRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct JournalRequest {
  JournalPeriod period{};
  std::function<domain::Exponent(std::string_view currency)> exponent_of{};
  bool byte_order_mark{};  // of CSV: Excel takes the text for UTF-8 by it
};

/// What a writer knows before the first transaction.
struct JournalContents {
  const Journal& journal;
  const JournalRequest& request;
  const PeriodSums& sums;

  /// From the shop's first day on, sums are balances.
  bool has_balances() const { return request.period.from == domain::timestamp_min && !sums.empty(); }
  domain::Exponent exponent_of(std::string_view currency) const { return request.exponent_of(currency); }

  /// The accounts that the period posts to, by kind, name, currency.
  void used_accounts(const std::function<void(const JournalAccount&)>& visit) const;
};

class JournalWriter {
 public:
  virtual ~JournalWriter() = default;
  virtual void begin() = 0;
  virtual void transaction(const JournalTransaction& transaction) = 0;
  virtual void end() = 0;
};

struct JournalFormat {
  std::string_view name{};          // `hledger`
  std::string_view what{};          // for --help
  std::string_view content_type{};  // for HTTP
  std::unique_ptr<JournalWriter> (*writer)(const JournalContents& contents, ByteSink out){};
};

std::span<const JournalFormat> journal_formats();
const JournalFormat* find_journal_format(std::string_view name);

/// What was written.
struct JournalCounts {
  std::uint64_t transactions{};
  std::uint64_t postings{};
  std::map<std::string, WideSum> debits{};  // by currency; the credits are the same
};

/// Memory: some bytes an account, nothing a transaction. The same log gives the same bytes. Checks on the way that each
/// transaction comes to 0 in every currency, and at the end that all of them come to the accounts' sums; throws
/// DamagedStore where they do not, ExportRefused, and what the sink throws.
JournalCounts export_journal(const Journal& journal, const JournalRequest& request, const JournalFormat& format,
                             const ByteSink& out);

}  // namespace upline::projections
