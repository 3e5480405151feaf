// What became of a settlement's payouts, as a bank or an accountant writes it down: rows of
// member_id,currency,status,reference_or_reason and, optionally, net_minor.
#pragma once

#include "domain/rejection.hpp"
#include "domain/settlement.hpp"
#include "eventstore/import/csv_reader.hpp"
#include "eventstore/vault.hpp"

#include <expected>
#include <string>

namespace upline::eventstore::import {

const Columns& payout_result_columns();

/// The row as a command, or what is wrong with it: a part of a sentence, such as `net_minor is no whole number`.
std::expected<domain::RecordPayoutResult, std::string> payout_result_of(const CsvRow& row,
                                                                        const domain::SettlementId& settlement);

/// To be asked in front of every result, from whatever source: banks like to repeat the account in a reason, and what
/// is in the log can never be erased. Refuses a text that repeats the member's payee account, and does not repeat it.
/// About 10 microseconds. Throws what the vault throws.
std::expected<void, domain::Rejection> check_payout_text(Vault& vault, const domain::RecordPayoutResult& command);

}  // namespace upline::eventstore::import
