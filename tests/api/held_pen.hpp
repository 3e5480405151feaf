// A shop's pen in another's hand: until it is let go of, the server's commands wait.
#pragma once

#include "eventstore/shop.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace upline::tests {

class HeldPen {
 public:
  explicit HeldPen(const std::filesystem::path& data)
      : shop_({data, "kami", data / "vault.key"}), pen_(shop_.store().take_pen(std::chrono::seconds(30))) {}
  void let_go() { pen_.reset(); }

 private:
  eventstore::Shop shop_;
  std::unique_ptr<eventstore::Pen> pen_;
};

}  // namespace upline::tests
