// A walk through the whole API: each operation once or more, in an order in which each succeeds, with the documented
// example of its body. An operation that is added to api/openapi.yaml gets its line here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace upline::tests {

struct Step {
  std::string_view operation{};
  std::string path{};                 // behind /v1/shops/kami; of an operation of the server, from the root
  nlohmann::json instead{};           // fields that differ from the example
  std::string_view code_of_member{};  // whose referral code to put into `code`
};

const std::vector<Step>& contract_story();

}  // namespace upline::tests
