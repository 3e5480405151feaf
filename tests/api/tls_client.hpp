// A client of the transport that speaks TLS, and believes any certificate.
#pragma once

#include "tests/api/client.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace upline::tests {

class TlsClient : public Client {
 public:
  /// Shakes hands; throws std::runtime_error, which says why the server would not. `protocol` is what ALPN offers, if
  /// anything.
  explicit TlsClient(std::uint16_t port, int version_max = TLS1_3_VERSION, std::string_view protocol = "http/1.1");
  ~TlsClient() override;

  /// "TLSv1.3"
  std::string version() const { return ::SSL_get_version(ssl_.get()); }
  std::string agreed_protocol() const;
  /// To whom the server's certificate belongs.
  std::string server_name() const;
  /// Whether the server ended in good order: nobody cut its answer short.
  bool was_told_goodbye() const { return (::SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

 private:
  long read_some(char* bytes, std::size_t size) override;
  long write_some(const char* bytes, std::size_t size) override;

  std::shared_ptr<::SSL_CTX> context_;
  std::shared_ptr<::SSL> ssl_;
};

}  // namespace upline::tests
