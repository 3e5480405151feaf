#include "projections/verification.hpp"

#include "domain/books.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/log_check.hpp"
#include "projections/journal_ties.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::projections {

namespace {

using eventstore::DamagedStore;
using eventstore::StoredEvent;

/// How often progress is told, in events.
constexpr std::uint64_t progress_step = 8192;

/// False where an event cannot be read: then nothing behind it can be judged.
bool verify_log(eventstore::EventStore& store, eventstore::Vault* vault, Verification& result,
                const Progress& progress) {
  const auto still = store.hold_still();
  const auto head = store.head();
  result.head = head.position;
  result.root = head.tree.root();
  eventstore::LogCheck log(store, vault);
  domain::Books books;
  bool books_are_open = true;
  try {
    store.read({1}, head.position, [&](const StoredEvent& stored) {
      const auto recorded = eventstore::decode(stored);
      log.apply(stored, recorded);
      if (books_are_open) {
        if (auto finding = books.apply(recorded)) {
          result.books_findings.push_back(std::move(*finding));
          books_are_open = false;
        }
      }
      if (progress && stored.position.value % progress_step == 0) progress(stored.position, head.position);
      return true;
    });
  } catch (const DamagedStore& damage) {
    result.log_findings = log.findings();
    result.log_findings.emplace_back(damage.what());
    return false;
  }
  log.finish(head);
  if (books_are_open) {
    if (auto finding = books.unfinished()) result.books_findings.push_back(std::move(*finding));
  }
  result.log_findings = log.findings();
  result.keys_compared = log.keys_compared();
  result.erasure_findings = log.not_erased();
  return true;
}

}  // namespace

Verification verify(eventstore::EventStore& store, eventstore::Vault* vault, ReadModels& models,
                    const Progress& progress) {
  Verification result;
  result.readable = verify_log(store, vault, result, progress);
  if (!result.readable) return result;
  try {
    for (const auto& difference : models.compare_with_rebuild(progress)) {
      result.views_findings.push_back(
          fmt::format("{}: {} of {} {}: {}", difference.projection,
                      difference.rows == 1 ? "1 row" : fmt::format("{} rows", difference.rows), difference.table,
                      difference.rows == 1 ? "differs" : "differ", fmt::join(difference.keys, ", ")));
    }
    models.catch_up_to(result.head);
    std::ranges::move(journal_findings(models.journal(), models.balances(), models.as_of(result.head)),
                      std::back_inserter(result.views_findings));
  } catch (const ProjectionStopped& stopped) {
    result.views_findings.emplace_back(stopped.what());
  } catch (const UnusableView& unusable) {
    result.views_findings.emplace_back(unusable.what());
  } catch (const eventstore::NewerStore& newer) {
    result.views_findings.emplace_back(newer.what());
  }
  return result;
}

}  // namespace upline::projections
