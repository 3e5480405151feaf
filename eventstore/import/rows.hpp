// What a row of each CSV file says, as a command. Ledger specification, "Files".
#pragma once

#include "domain/command.hpp"
#include "eventstore/import/csv_reader.hpp"
#include "eventstore/import/import_folder.hpp"

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace upline::eventstore::import {

/// Why a row cannot even be asked of the shop. Never quotes the row.
struct RowError {
  std::string_view code{};
  std::string message{};
};

Columns columns_of(ImportFile file);

using RowFields = std::span<const std::string_view>;

/// `fields` stand in the order of columns_of.
std::expected<domain::AddProduct, RowError> product_row(RowFields fields, domain::Fulfilment default_fulfilment,
                                                        domain::Timestamp occurred_at);
std::expected<domain::EnrolMember, RowError> member_row(RowFields fields);
std::expected<domain::RecordPurchase, RowError> purchase_row(RowFields fields);
std::expected<domain::RefundOrder, RowError> refund_row(RowFields fields);

struct KeyRow {
  domain::ProductId product{};
  domain::BatchId batch{};
  std::string secret{};
};
std::expected<KeyRow, RowError> key_row(RowFields fields);

/// When a row of members, purchases or refunds happened, without looking at the rest of it.
std::optional<domain::Timestamp> time_of_row(ImportFile file, RowFields fields);

}  // namespace upline::eventstore::import
