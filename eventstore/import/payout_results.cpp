#include "eventstore/import/payout_results.hpp"

#include "domain/text.hpp"
#include "eventstore/payees.hpp"

#include <cstdint>

namespace upline::eventstore::import {

namespace {

using namespace domain;

enum Field : std::size_t { member, currency, status, text, net };

}  // namespace

const Columns& payout_result_columns() {
  static const Columns columns{.required = {"member_id", "currency", "status", "reference_or_reason"},
                               .optional = {"net_minor"}};
  return columns;
}

std::expected<RecordPayoutResult, std::string> payout_result_of(const CsvRow& row, const SettlementId& settlement) {
  if (row.fault) return std::unexpected(std::string(sentence(*row.fault)));
  const auto& fields = row.fields;
  const auto result = parse_payout_result(fields[status]);
  if (!result) return std::unexpected("the status is not paid, failed or returned");
  RecordPayoutResult command{.settlement = settlement,
                             .member = {std::string(fields[member])},
                             .currency = {std::string(fields[currency])},
                             .result = *result,
                             .text = std::string(fields[text])};
  if (fields[net].empty()) return command;
  const auto amount = whole_number<std::int64_t>(fields[net]);
  if (!amount) return std::unexpected("net_minor is no whole number");
  command.net = Minor{*amount};
  return command;
}

std::expected<void, Rejection> check_payout_text(Vault& vault, const RecordPayoutResult& command) {
  if (command.text.empty() || !is_well_formed_id(command.member.value)) return {};  // others refuse what is no id
  const auto payee = payee_of(vault, command.member);
  if (!payee || !repeats(command.text, *payee)) return {};
  return refuse(Reason::personal_data, command.member.value + ", " + command.currency.code);
}

}  // namespace upline::eventstore::import
