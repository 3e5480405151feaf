// Projections with a fault, and what stands for a process that is killed.
#pragma once

#include "projections/orders.hpp"
#include "projections/projection.hpp"

#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace upline::tests {

/// Thrown by a progress callback, in the place of the signal that kills a process.
struct Killed : std::runtime_error {
  Killed() : std::runtime_error("killed") {}
};

/// Another projection's rules under a version of their own; may fail at one position.
class Variant final : public projections::Projection {
 public:
  Variant(const projections::Projection& original, int version, domain::Position fails_at = {})
      : original_(original), version_(version), fails_at_(fails_at) {}

  std::string_view name() const override { return original_.name(); }
  int version() const override { return version_; }
  std::span<const projections::OwnedTable> tables() const override { return original_.tables(); }
  std::unique_ptr<projections::Intake> begin(projections::ReadModelDatabase& database) const override {
    return std::make_unique<FaultyIntake>(original_.begin(database), fails_at_);
  }

 private:
  class FaultyIntake final : public projections::Intake {
   public:
    FaultyIntake(std::unique_ptr<projections::Intake> original, domain::Position fails_at)
        : original_(std::move(original)), fails_at_(fails_at) {}

    void apply(const domain::RecordedEvent& event) override {
      original_->apply(event);
      if (event.position == fails_at_) throw std::runtime_error("this projection has a fault");
    }
    void flush() override { original_->flush(); }

   private:
    std::unique_ptr<projections::Intake> original_;
    domain::Position fails_at_;
  };

  const projections::Projection& original_;
  int version_;
  domain::Position fails_at_;
};

/// Takes everything in, and fails only where it writes what it kept back.
class FailsWhenWriting final : public projections::Projection {
 public:
  explicit FailsWhenWriting(domain::Position fails_at) : fails_at_(fails_at) {}

  std::string_view name() const override { return projections::orders_projection().name(); }
  int version() const override { return projections::orders_projection().version(); }
  std::span<const projections::OwnedTable> tables() const override { return projections::orders_projection().tables(); }
  std::unique_ptr<projections::Intake> begin(projections::ReadModelDatabase& database) const override {
    return std::make_unique<LateFault>(projections::orders_projection().begin(database), fails_at_);
  }

 private:
  class LateFault final : public projections::Intake {
   public:
    LateFault(std::unique_ptr<projections::Intake> original, domain::Position fails_at)
        : original_(std::move(original)), fails_at_(fails_at) {}

    void apply(const domain::RecordedEvent& event) override {
      original_->apply(event);
      if (event.position == fails_at_) has_fault_ = true;
    }
    void flush() override {
      if (has_fault_) throw std::runtime_error("this projection cannot write what it took in");
      original_->flush();
    }

   private:
    std::unique_ptr<projections::Intake> original_;
    domain::Position fails_at_;
    bool has_fault_{};
  };

  domain::Position fails_at_;
};

}  // namespace upline::tests
