// The formats of the journal, one per source file; journal_export.cpp lists them.
#pragma once

#include "projections/exports/journal_export.hpp"

#include <memory>

namespace upline::projections {

std::unique_ptr<JournalWriter> plain_text_journal(const JournalContents& contents, ByteSink out);
std::unique_ptr<JournalWriter> beancount_journal(const JournalContents& contents, ByteSink out);
std::unique_ptr<JournalWriter> csv_journal(const JournalContents& contents, ByteSink out);
std::unique_ptr<JournalWriter> json_journal(const JournalContents& contents, ByteSink out);
std::unique_ptr<JournalWriter> xlsx_journal(const JournalContents& contents, ByteSink out);

}  // namespace upline::projections
