#include "api/transport/buffer_budget.hpp"

#include <utility>

namespace upline::api::transport {

bool BufferBudget::Hold::resize(std::size_t bytes, std::size_t judged) {
  if (bytes <= bytes_) {
    insist(bytes);
    return true;
  }
  const auto more = bytes - bytes_;
  if (budget_.bytes_.fetch_add(more) + more > budget_.room_for(judged)) {
    budget_.bytes_ -= more;
    return false;
  }
  bytes_ = bytes;
  return true;
}

void BufferBudget::Hold::insist(std::size_t bytes) {
  budget_.bytes_ += bytes;
  budget_.bytes_ -= std::exchange(bytes_, bytes);
}

}  // namespace upline::api::transport
