// The server: every shop of a data folder behind one address.
#pragma once

#include "api/admission.hpp"
#include "api/listen_address.hpp"
#include "api/transport.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace upline::api {

struct ServerOptions {
  std::filesystem::path data{};
  std::filesystem::path vault_key{};
  TransportOptions transport{};
  std::size_t workers{8};  // threads for queries and for making answers
  std::size_t work_queue_max{4096};
  AdmissionOptions admission{};
};

class Server {
 public:
  /// Opens the shops, and listens when it returns. Throws ListenError, ShopNotFound where the folder holds no shop, and
  /// what opening a shop throws.
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const ListenAddress& address() const;

  /// What was let in and what was shed.
  const Admission& admission() const;

  /// Stops accepting, finishes what was accepted, writes and answers it, and closes the shops.
  void stop(std::chrono::milliseconds drain);

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace upline::api
