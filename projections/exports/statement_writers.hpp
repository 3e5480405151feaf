// A statement as a page, a table, rows or a program's object.
#pragma once

#include "projections/exports/statement_wording.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace upline::projections {

/// Takes the bytes as they are made.
using TextSink = std::function<void(std::string_view)>;

struct StatementStyle {
  Language language{Language::english};
  ExponentLookup exponent_of{};
};

/// Lines for a terminal or a mail.
std::unique_ptr<StatementWriter> statement_as_text(TextSink out, StatementStyle style);

/// currency,position,occurred_at,kind,order_id,level,amount_minor,balance_minor,available_at,explanation; the first and
/// the last row of a currency are its opening and closing balance.
std::unique_ptr<StatementWriter> statement_as_csv(TextSink out, StatementStyle style);

/// One object with the same names.
std::unique_ptr<StatementWriter> statement_as_json(TextSink out, StatementStyle style);

/// One page that needs nothing else and prints well.
std::unique_ptr<StatementWriter> statement_as_html(TextSink out, StatementStyle style);

}  // namespace upline::projections
