// The parts of a payout file on disk: `payouts.csv`, `payouts-2.csv`, `payouts-3.csv` ...
#pragma once

#include "eventstore/merkle.hpp"
#include "projections/exports/output_file.hpp"
#include "projections/exports/payout_file.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace upline::projections {

/// The parts lie beside their places until place(), for their owner only, and are gone where that never comes. Throws
/// StoreUnwritable, whose message names the file.
class PayoutParts : public PayoutSink {
 public:
  explicit PayoutParts(std::filesystem::path first);

  void begin_file() override;
  void write(std::string_view bytes) override;

  /// Of the bytes of all parts, one behind the other; a power cut does not take them any more.
  eventstore::Hash seal();

  /// The first part is the first to go and the last to come, so wherever this is interrupted: where it is there, all
  /// are there, and no part of another export is. Parts of an earlier export with higher numbers are removed; what else
  /// has such a name stays.
  void place();

  std::vector<std::string> names() const;

  // After place()
  const std::vector<std::string>& removed() const { return removed_; }
  const std::vector<std::string>& strangers() const { return strangers_; }

 private:
  std::filesystem::path path(std::size_t number) const;
  void look_for_earlier_parts();
  void remove_earlier_parts();

  std::filesystem::path first_;
  std::vector<std::unique_ptr<OutputFile>> files_{};
  eventstore::Sha256 hash_{};
  std::vector<std::string> removed_{};
  std::vector<std::string> strangers_{};
};

}  // namespace upline::projections
