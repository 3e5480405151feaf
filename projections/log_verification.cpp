#include "projections/log_verification.hpp"

#include "domain/books.hpp"
#include "eventstore/event_codec.hpp"
#include "eventstore/log_check.hpp"
#include "eventstore/log_sums.hpp"
#include "projections/feed.hpp"
#include "projections/log_batches.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace upline::projections {

using eventstore::DamagedStore;
using eventstore::EventStore;
using eventstore::LogCheck;
using eventstore::LogSums;
using eventstore::StoredEvent;
using eventstore::TreeHead;
using eventstore::Vault;

namespace {

/// How often progress is told, in events.
constexpr std::uint64_t progress_step = 8192;

Verification about(const TreeHead& head) { return {.head = head.position, .readable = true, .root = head.tree.root()}; }

void tell(Verification& result, const LogCheck& log) {
  result.log_findings = log.findings();
  result.keys_compared = log.keys_compared();
  result.erasure_findings = log.not_erased();
}

class SumNotes final : public BatchNotes {
 public:
  explicit SumNotes(const eventstore::SumKey& key) : sums_(key) {}

  void add(const StoredEvent& stored, const domain::RecordedEvent& recorded) override { sums_.add(stored, recorded); }
  const LogSums& sums() const { return sums_; }

 private:
  LogSums sums_;
};

/// Nothing where anything at all may be wrong.
std::optional<Verification> find_all_well(EventStore& store, Vault* vault, const TreeHead& head,
                                          const Progress& progress) {
  const auto key = eventstore::random_sum_key();
  const auto reader = store.another_reader();
  LogBatches batches(*reader, head.position, [&key] { return std::make_shared<SumNotes>(key); });
  LogCheck log(store, vault, eventstore::StreamsAndClaims::compared_elsewhere);
  LogSums sums(key);
  domain::Books books;
  Feed to_log([&](const BatchPart& part) {
    for (const auto* decoded : part.events) log.apply(decoded->event, decoded->leaf_hash);
    sums.join(static_cast<const SumNotes&>(*part.notes).sums());
    return true;
  });
  Feed to_books([&](const BatchPart& part) {
    const auto is_right = [&](const DecodedEvent* decoded) { return !books.apply(decoded->event).has_value(); };
    return std::ranges::all_of(part.events, is_right);
  });
  domain::Position at{};
  while (at < head.position && to_books.wants_more()) {
    if (progress) progress(at, head.position);
    const auto part = batches.after(at);
    if (part.events.empty()) return std::nullopt;
    to_log.push(part);
    to_books.push(part);
    at = part.events.back()->event.position;
  }
  to_log.finish();
  to_books.finish();
  log.finish(head);
  const bool all_is_well = to_books.wants_more() && !books.unfinished() && log.findings().empty();
  if (!all_is_well || !sums.agree_with(store)) return std::nullopt;
  auto result = about(head);
  tell(result, log);
  return result;
}

/// Where an event cannot be read, nothing behind it can be judged.
Verification name_what_is_wrong(EventStore& store, Vault* vault, const TreeHead& head, const Progress& progress) {
  auto result = about(head);
  LogCheck log(store, vault);
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
    result.readable = false;
    result.log_findings = log.findings();
    result.log_findings.emplace_back(damage.what());
    return result;
  }
  log.finish(head);
  if (books_are_open) {
    if (auto finding = books.unfinished()) result.books_findings.push_back(std::move(*finding));
  }
  tell(result, log);
  return result;
}

}  // namespace

Verification verify_log(EventStore& store, Vault* vault, const Progress& progress) {
  const auto still = store.hold_still();
  const auto head = store.tree_head();
  if (auto result = find_all_well(store, vault, head, progress)) return std::move(*result);
  return name_what_is_wrong(store, vault, head, progress);
}

}  // namespace upline::projections
