#include "projections/verification.hpp"

#include "projections/journal_ties.hpp"
#include "projections/log_verification.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::projections {

Verification verify(eventstore::EventStore& store, eventstore::Vault* vault, ReadModels& models,
                    const Progress& progress) {
  auto result = verify_log(store, vault, progress);
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
