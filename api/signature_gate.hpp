// Requests without a token that have to show by a signature who sent them. Checking it takes the vault and a worker, so
// it is done behind a small gate of its own: who signs nothing right takes no place of those who do.
#pragma once

#include "api/http.hpp"
#include "api/worker_pool.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace upline::api {

class SignatureGate {
 public:
  /// So many are checked, or wait to be, at once.
  explicit SignatureGate(std::size_t places) : places_(places) {}

  /// The refusal of a request that shows nothing, or nothing. Throws what is wrong with the world.
  using Check = std::move_only_function<std::optional<Response>()>;

  struct Visitor {
    Check check{};
    std::move_only_function<void()> go_on{};              // on the worker that checked it
    std::move_only_function<void(Response)> turn_away{};  // either this or that is called, once
  };

  /// From any thread, without waiting.
  void pass(Visitor visitor, WorkerPool& workers);

 private:
  std::shared_ptr<void> take_place();

  std::size_t places_;
  std::shared_ptr<std::atomic<std::size_t>> taken_{std::make_shared<std::atomic<std::size_t>>(0)};
};

}  // namespace upline::api
