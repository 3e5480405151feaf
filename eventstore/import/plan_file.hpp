// plan.toml: a commission plan, which products follow it, and what the shop's policy must allow for it.
#pragma once

#include "domain/command.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace upline::eventstore::import {

/// A product that the file names.
struct PlanProduct {
  std::uint64_t line{};
  domain::AssignPlan command{};
};

/// The file as commands, in the order in which they are given: currencies and policy, then the plan.
struct PlanFile {
  std::vector<domain::Command> before_products{};
  std::vector<PlanProduct> after_products{};  // where it names none, it is the shop's default
};

/// Reads the file (ledger specification, "Files"). Throws InputError, with the line, for anything that is not exactly
/// such a plan; what the rules say of it is the domain's business.
PlanFile read_plan_file(const std::filesystem::path& file, domain::Timestamp occurred_at);

}  // namespace upline::eventstore::import
