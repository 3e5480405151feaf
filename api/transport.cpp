#include "api/transport.hpp"

#include "api/transport/io_thread.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace upline::api {

class Transport::Threads {
 public:
  Threads(TransportOptions options, Handle handle)
      : service_{std::move(options), std::move(handle)}, address_(service_.options.listen) {
    service_.buffers = std::make_unique<transport::BufferBudget>(service_.options.buffer_bytes_max);
    service_.clients = std::make_unique<transport::ClientCounts>(service_.options.connections_per_client);
    const auto& tls = service_.options.tls;
    if (tls) service_.certificate = std::make_unique<TlsCertificate>(*tls);
    for (std::size_t i = 0; i < std::max<std::size_t>(service_.options.io_threads, 1); ++i) {
      threads_.push_back(std::make_unique<transport::IoThread>(service_, connections_));
      address_ = threads_.back()->listen(address_, i == 0);
    }
    for (const auto& thread : threads_) thread->start();
  }

  const ListenAddress& address() const { return address_; }

  void reload_certificate() {
    if (!service_.certificate) return;
    try {
      service_.certificate->reload();
    } catch (const TlsError& error) {
      service_.warn(std::string(error.what()) + "; the server goes on with the certificate that it has");
    }
  }

  void send_away() { service_.is_leaving = true; }

  void stop(std::chrono::milliseconds drain) {
    for (const auto& thread : threads_) thread->stop(drain);
    const std::scoped_lock one_joins(joining_);
    for (const auto& thread : threads_) thread->join();
  }

 private:
  transport::Service service_;
  ListenAddress address_;
  std::atomic<std::size_t> connections_{};
  std::mutex joining_;
  std::vector<std::unique_ptr<transport::IoThread>> threads_;
};

Transport::Transport(TransportOptions options, Handle handle)
    : threads_(std::make_unique<Threads>(std::move(options), std::move(handle))) {}

Transport::~Transport() { stop(std::chrono::milliseconds{0}); }

const ListenAddress& Transport::address() const { return threads_->address(); }

void Transport::reload_certificate() { threads_->reload_certificate(); }

void Transport::send_away() { threads_->send_away(); }

void Transport::stop(std::chrono::milliseconds drain) { threads_->stop(drain); }

}  // namespace upline::api
