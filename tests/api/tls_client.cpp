#include "tests/api/tls_client.hpp"

#include "tests/api/unless_interrupted.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <vector>

#include <openssl/err.h>
#include <openssl/x509.h>

namespace upline::tests {

TlsClient::TlsClient(std::uint16_t port, int version_max, std::string_view protocol)
    : Client(port),
      context_(::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free),
      ssl_(::SSL_new(context_.get()), ::SSL_free) {
  // OpenSSL writes to a socket that the server may have closed.
  std::signal(SIGPIPE, SIG_IGN);
  ::SSL_set_security_level(ssl_.get(), 0);  // else OpenSSL would not even ask for the old versions
  ::SSL_set_min_proto_version(ssl_.get(), TLS1_VERSION);
  ::SSL_set_max_proto_version(ssl_.get(), version_max);
  if (!protocol.empty()) {
    std::vector<unsigned char> offer{static_cast<unsigned char>(protocol.size())};
    offer.insert(offer.end(), protocol.begin(), protocol.end());
    ::SSL_set_alpn_protos(ssl_.get(), offer.data(), static_cast<unsigned>(offer.size()));
  }
  ::SSL_set_fd(ssl_.get(), socket());
  ::ERR_clear_error();
  if (unless_interrupted([&] { return ::SSL_connect(ssl_.get()); }) == 1) return;
  std::array<char, 256> why{};
  ::ERR_error_string_n(::ERR_get_error(), why.data(), why.size());
  throw std::runtime_error(why.data());
}

TlsClient::~TlsClient() = default;

std::string TlsClient::agreed_protocol() const {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  ::SSL_get0_alpn_selected(ssl_.get(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

std::string TlsClient::server_name() const {
  const std::shared_ptr<::X509> certificate(::SSL_get1_peer_certificate(ssl_.get()), ::X509_free);
  std::array<char, 64> name{};
  ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
  return name.data();
}

long TlsClient::read_some(char* bytes, std::size_t size) {
  const int count = unless_interrupted([&] { return ::SSL_read(ssl_.get(), bytes, static_cast<int>(size)); });
  if (count > 0) return count;
  ::ERR_clear_error();
  return 0;
}

long TlsClient::write_some(const char* bytes, std::size_t size) {
  const int count = unless_interrupted([&] { return ::SSL_write(ssl_.get(), bytes, static_cast<int>(size)); });
  if (count <= 0) errno = EPIPE;
  ::ERR_clear_error();
  return count;
}

}  // namespace upline::tests
