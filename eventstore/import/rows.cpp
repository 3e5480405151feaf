#include "eventstore/import/rows.hpp"

#include "eventstore/vault.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace upline::eventstore::import {

namespace {

using namespace domain;

/// Reads the fields of one row in turn and keeps the first error.
class FieldReader {
 public:
  template <class Tag>
  void id(std::string_view field, const char* column, Id<Tag>& out) {
    if (!is_well_formed_id(field)) {
      return fail("invalid_id", fmt::format("{} is not 1 to 64 characters of A-Z a-z 0-9 . _ : -", column));
    }
    out.value = field;
  }

  /// Digits with an optional minus, nothing else.
  void integer(std::string_view field, const char* column, const char* error_code, std::int64_t& out) {
    const auto* end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, out);
    if (error == std::errc::result_out_of_range) {
      return fail(error_code, fmt::format("{} does not fit 64 bits", column));
    }
    if (error != std::errc{} || stop != end) {
      fail(error_code, fmt::format("{} is not a whole number (digits, with an optional minus)", column));
    }
  }

  void amount(std::string_view field, const char* column, Minor& out) {
    integer(field, column, "invalid_amount", out.value);
  }

  void currency(std::string_view field, const char* column, Currency& out) {
    if (!is_well_formed_currency(field)) {
      return fail("invalid_currency", fmt::format("{} is not 2 to 24 upper-case letters and digits", column));
    }
    out.code = field;
  }

  void time(std::string_view field, const char* column, Timestamp& out) {
    const auto parsed = parse_rfc3339(field);
    if (!parsed) return fail("invalid_time", fmt::format("{} is not an RFC 3339 time with an offset", column));
    out = *parsed;
  }

  void fail(std::string_view error_code, std::string message) {
    if (!error_) error_ = RowError{error_code, std::move(message)};
  }

  template <class Row>
  std::expected<Row, RowError> finish(Row row) {
    if (error_) return std::unexpected(std::move(*error_));
    return row;
  }

 private:
  std::optional<RowError> error_{};
};

}  // namespace

Columns columns_of(ImportFile file) {
  switch (file) {
    case ImportFile::products:
      return {{"product_id", "title", "unit_price_minor", "currency"}, {"fulfilment"}};
    case ImportFile::keys:
      return {{"product_id", "batch_id", "secret"}, {}};
    case ImportFile::members:
      return {{"member_id", "joined_at", "referrer_id"}, {}};
    case ImportFile::purchases:
      return {{"order_id", "member_id", "product_id", "quantity", "amount_minor", "currency", "paid_at"}, {}};
    case ImportFile::refunds:
      return {{"refund_id", "order_id", "amount_minor", "refunded_at"}, {}};
    case ImportFile::plan:
      return {};
  }
  std::unreachable();
}

std::expected<AddProduct, RowError> product_row(RowFields fields, Fulfilment default_fulfilment,
                                                Timestamp occurred_at) {
  FieldReader read;
  AddProduct command{.fulfilment = default_fulfilment, .occurred_at = occurred_at};
  read.id(fields[0], "product_id", command.product);
  command.title = fields[1];
  read.amount(fields[2], "unit_price_minor", command.unit_price);
  read.currency(fields[3], "currency", command.currency);
  if (!fields[4].empty()) {
    const auto fulfilment = parse_fulfilment(fields[4]);
    if (!fulfilment) read.fail("invalid_fulfilment", "fulfilment is not key-pool, reusable, manual or external");
    command.fulfilment = fulfilment.value_or(default_fulfilment);
  }
  return read.finish(std::move(command));
}

std::expected<KeyRow, RowError> key_row(RowFields fields) {
  FieldReader read;
  KeyRow row;
  read.id(fields[0], "product_id", row.product);
  read.id(fields[1], "batch_id", row.batch);
  row.secret = fields[2];
  if (row.secret.empty() || row.secret.size() > secret_bytes_max) {
    read.fail("invalid_secret", fmt::format("secret is empty or longer than {} bytes", secret_bytes_max));
  }
  return read.finish(std::move(row));
}

std::expected<EnrolMember, RowError> member_row(RowFields fields) {
  FieldReader read;
  EnrolMember command;
  read.id(fields[0], "member_id", command.member);
  read.time(fields[1], "joined_at", command.occurred_at);
  if (!fields[2].empty()) read.id(fields[2], "referrer_id", command.referrer.emplace());
  return read.finish(std::move(command));
}

std::expected<RecordPurchase, RowError> purchase_row(RowFields fields) {
  FieldReader read;
  RecordPurchase command{.channel = "import"};
  read.id(fields[0], "order_id", command.order);
  read.id(fields[1], "member_id", command.member);
  read.id(fields[2], "product_id", command.product);
  read.integer(fields[3], "quantity", "invalid_quantity", command.quantity.value);
  read.amount(fields[4], "amount_minor", command.amount);
  read.currency(fields[5], "currency", command.currency);
  read.time(fields[6], "paid_at", command.occurred_at);
  return read.finish(std::move(command));
}

std::expected<RefundOrder, RowError> refund_row(RowFields fields) {
  FieldReader read;
  RefundOrder command;
  read.id(fields[0], "refund_id", command.refund);
  read.id(fields[1], "order_id", command.order);
  read.amount(fields[2], "amount_minor", command.amount);
  read.time(fields[3], "refunded_at", command.occurred_at);
  return read.finish(std::move(command));
}

std::optional<Timestamp> time_of_row(ImportFile file, RowFields fields) {
  if (fields.empty()) return std::nullopt;
  switch (file) {
    case ImportFile::members:
      return parse_rfc3339(fields[1]);
    case ImportFile::purchases:
      return parse_rfc3339(fields[6]);
    case ImportFile::refunds:
      return parse_rfc3339(fields[3]);
    case ImportFile::plan:
    case ImportFile::products:
    case ImportFile::keys:
      return std::nullopt;
  }
  std::unreachable();
}

}  // namespace upline::eventstore::import
