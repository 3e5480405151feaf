#include "api/transport/client_counts.hpp"

namespace upline::api::transport {

bool ClientCounts::enter(const std::string& client) {
  const std::scoped_lock lock(mutex_);
  auto& connections = connections_[client];
  if (connections >= most_) {
    if (connections == 0) connections_.erase(client);
    return false;
  }
  ++connections;
  return true;
}

void ClientCounts::leave(const std::string& client) {
  const std::scoped_lock lock(mutex_);
  const auto found = connections_.find(client);
  if (--found->second == 0) connections_.erase(found);
}

}  // namespace upline::api::transport
