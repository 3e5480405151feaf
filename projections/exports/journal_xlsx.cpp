// The journal as a workbook: amounts are numbers in their currency's format, ids are texts, the last rows are sums.
// The library writes files only, so it writes a temporary one, row by row, which is then handed on.
#include "eventstore/stored_event.hpp"
#include "projections/exports/journal_formats.hpp"
#include "projections/exports/temporary_file.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <xlsxwriter.h>

namespace upline::projections {

namespace {

/// A sheet of Excel ends at 1048576 rows; the sums have to fit below.
constexpr lxw_row_t sheet_rows_max = 1'000'000;

/// What a number of a spreadsheet keeps for certain.
constexpr std::size_t significant_digits_max = 15;

/// Whatever is written when, the same journal is the same file.
constexpr std::time_t created_at = 315'532'800;  // 1980, where the calendar of zip files begins

struct SheetColumn {
  const char* title{};
  double width{};
};

constexpr std::array columns{
    SheetColumn{"Date (UTC)", 19}, SheetColumn{"Transaction", 20}, SheetColumn{"Kind", 20},    SheetColumn{"Payee", 16},
    SheetColumn{"Order", 16},      SheetColumn{"Settlement", 12},  SheetColumn{"Account", 44}, SheetColumn{"Title", 24},
    SheetColumn{"Currency", 9},    SheetColumn{"Debit", 16},       SheetColumn{"Credit", 16}};
constexpr lxw_col_t currency_column = 8;
constexpr lxw_col_t debit_column = 9;
constexpr lxw_col_t credit_column = 10;

void check(lxw_error error) {
  if (error == LXW_NO_ERROR) return;
  throw eventstore::StoreUnwritable(fmt::format("the workbook cannot be written: {}", lxw_strerror(error)));
}

/// Refuses what the spreadsheet would round.
double number_of(domain::Minor amount, domain::Exponent exponent) {
  auto digits = domain::decimal_text({amount.value}, {0});
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  if (digits.starts_with('-')) digits.erase(0, 1);
  if (digits.size() > significant_digits_max) {
    throw ExportRefused(
        fmt::format("the amount {} has more than the {} digits that a spreadsheet keeps: use another format",
                    domain::decimal_text(amount, exponent), significant_digits_max));
  }
  return std::strtod(domain::decimal_text(amount, exponent).c_str(), nullptr);
}

class XlsxJournal final : public JournalWriter {
 public:
  XlsxJournal(const JournalContents& contents, ByteSink out) : contents_(contents), out_(std::move(out)) {
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    workbook_ = workbook_new_opt(file_.path().c_str(), &options);
    if (workbook_ == nullptr) throw eventstore::StoreUnwritable("the workbook cannot be made: is the disk full?");
  }
  ~XlsxJournal() override {
    if (workbook_ != nullptr) lxw_workbook_free(workbook_);
  }
  XlsxJournal(const XlsxJournal&) = delete;
  XlsxJournal& operator=(const XlsxJournal&) = delete;

  void begin() override {
    lxw_doc_properties properties{};
    properties.created = created_at;
    check(workbook_set_properties(workbook_, &properties));
    bold_ = workbook_add_format(workbook_);
    format_set_bold(bold_);
    time_ = workbook_add_format(workbook_);
    format_set_num_format(time_, "yyyy-mm-dd hh:mm:ss");
    begin_sheet();
  }

  void transaction(const JournalTransaction& transaction) override {
    if (row_ + transaction.postings.size() > sheet_rows_max) {
      end_sheet();
      begin_sheet();
    }
    for (const auto& posting : transaction.postings) write(transaction, posting);
  }

  void end() override {
    end_sheet();
    check(workbook_close(std::exchange(workbook_, nullptr)));
    file_.read(out_);
  }

 private:
  struct CurrencyInSheet {
    domain::Exponent exponent{};
    lxw_format* format{};
    lxw_format* bold_format{};
    WideSum debit{};
    WideSum credit{};
    bool used{};  // in this sheet
  };

  void begin_sheet() {
    sheet_ = workbook_add_worksheet(workbook_, nullptr);
    if (sheet_ == nullptr) throw eventstore::StoreUnwritable("the workbook cannot hold another sheet");
    lxw_col_t column = 0;
    for (const auto& [title, width] : columns) {
      check(worksheet_set_column(sheet_, column, column, width, nullptr));
      check(worksheet_write_string(sheet_, 0, column++, title, bold_));
    }
    worksheet_freeze_panes(sheet_, 1, 0);
    row_ = 1;
  }

  void text(lxw_col_t column, const std::string& value) {
    if (!value.empty()) check(worksheet_write_string(sheet_, row_, column, value.c_str(), nullptr));
  }

  void write(const JournalTransaction& transaction, const JournalPosting& posting) {
    const auto& [account, amount] = posting;
    auto& currency = currency_of(account.currency);
    check(worksheet_write_unixtime(sheet_, row_, 0, transaction.at.microseconds / domain::microseconds_per_second,
                                   time_));
    text(1, transaction.code());
    text(2, std::string(name(transaction.kind)));
    text(3, transaction.payee);
    text(4, transaction.order);
    text(5, transaction.settlement);
    text(6, plain_account(account.in_books()));
    if (account.kind == domain::AccountKind::sales) text(7, contents_.journal.title_of(account.name));
    text(currency_column, account.currency);
    const bool is_debit = amount > domain::Minor{0};
    const domain::Minor size{is_debit ? amount.value : -amount.value};
    (is_debit ? currency.debit : currency.credit).add(size);
    check(worksheet_write_number(sheet_, row_, is_debit ? debit_column : credit_column,
                                 number_of(size, currency.exponent), currency.format));
    ++row_;
  }

  CurrencyInSheet& currency_of(const std::string& code) {
    auto [known, is_new] = currencies_.try_emplace(code);
    auto& currency = known->second;
    currency.used = true;
    if (!is_new) return currency;
    currency.exponent = contents_.exponent_of(code);
    const auto decimals = static_cast<std::size_t>(currency.exponent.digits);
    const auto pattern = decimals == 0 ? std::string("#,##0") : "#,##0." + std::string(decimals, '0');
    currency.format = workbook_add_format(workbook_);
    format_set_num_format(currency.format, pattern.c_str());
    currency.bold_format = workbook_add_format(workbook_);
    format_set_num_format(currency.bold_format, pattern.c_str());
    format_set_bold(currency.bold_format);
    return currency;
  }

  /// The sums that the spreadsheet shows before it computes them are ours.
  void end_sheet() {
    const auto last = row_;
    for (auto& [code, currency] : currencies_) {
      if (!currency.used) continue;
      check(worksheet_write_string(sheet_, row_, 0, "Total", bold_));
      check(worksheet_write_string(sheet_, row_, currency_column, code.c_str(), bold_));
      sum('J', debit_column, last, code, currency, currency.debit);
      sum('K', credit_column, last, code, currency, currency.credit);
      currency.used = false;
      currency.debit = {};
      currency.credit = {};
      ++row_;
    }
  }

  void sum(char letter, lxw_col_t column, lxw_row_t last, const std::string& code, const CurrencyInSheet& currency,
           const WideSum& value) {
    const auto formula = fmt::format("=SUMIF(I2:I{1},\"{2}\",{0}2:{0}{1})", letter, last, code);
    check(worksheet_write_formula_num(sheet_, row_, column, formula.c_str(), currency.bold_format,
                                      std::strtod(value.text(currency.exponent).c_str(), nullptr)));
  }

  JournalContents contents_;
  ByteSink out_;
  TemporaryFile file_{};
  lxw_workbook* workbook_{};
  lxw_worksheet* sheet_{};
  lxw_format* bold_{};
  lxw_format* time_{};
  lxw_row_t row_{};
  std::map<std::string, CurrencyInSheet> currencies_{};
};

}  // namespace

std::unique_ptr<JournalWriter> xlsx_journal(const JournalContents& contents, ByteSink out) {
  return std::make_unique<XlsxJournal>(contents, std::move(out));
}

}  // namespace upline::projections
