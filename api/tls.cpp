#include "api/tls.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace upline::api {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string sentence) {
  ::ERR_clear_error();
  throw TlsError(std::move(sentence));
}

void require_readable(const fs::path& file, std::string_view what) {
  if (fs::is_directory(file)) fail(fmt::format("the {} {} is a folder; name its file", what, file.string()));
  errno = 0;
  if (!std::ifstream(file)) {
    fail(fmt::format("the {} {} cannot be read: {}", what, file.string(), std::strerror(errno)));
  }
}

/// OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

/// HTTP/1.1 is all there is: a client that wants something else, and does say so, learns it during the handshake.
int choose_protocol(::SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned offered_length, void*) {
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* match = nullptr;
  if (::SSL_select_next_proto(&match, length, ours.data(), ours.size(), offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

void set_terms(::SSL_CTX& context) {
  ::SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  ::SSL_CTX_set_options(&context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection holds no buffers, and no session is kept here: resumption is by tickets.
  ::SSL_CTX_set_mode(&context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_default_passwd_cb(&context, no_passphrase);
  ::SSL_CTX_set_alpn_select_cb(&context, choose_protocol, nullptr);
}

std::shared_ptr<::SSL_CTX> load(const TlsFiles& files) {
  require_readable(files.certificate, "certificate");
  require_readable(files.key, "certificate's key");
  std::shared_ptr<::SSL_CTX> context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
  if (!context) fail("OpenSSL has no TLS to offer");
  set_terms(*context);
  if (::SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    fail(fmt::format("{} holds no certificate in PEM that can be used", files.certificate.string()));
  }
  if (::SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    // With a certificate in place, OpenSSL refuses a key that is not of it.
    if (ERR_GET_REASON(::ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
        ERR_GET_REASON(::ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH) {
      fail(fmt::format("the key in {} is not that of the certificate in {}", files.key.string(),
                       files.certificate.string()));
    }
    fail(fmt::format("{} holds no private key in PEM without a passphrase", files.key.string()));
  }
  if (::SSL_CTX_check_private_key(context.get()) != 1) {
    fail(fmt::format("the key in {} is not that of the certificate in {}", files.key.string(),
                     files.certificate.string()));
  }
  ::ERR_clear_error();
  return context;
}

}  // namespace

TlsCertificate::TlsCertificate(TlsFiles files) : files_(std::move(files)), context_(load(files_)) {}

void TlsCertificate::reload() {
  auto loaded = load(files_);
  const std::scoped_lock lock(mutex_);
  context_ = std::move(loaded);
}

std::shared_ptr<ssl_ctx_st> TlsCertificate::context() const {
  const std::scoped_lock lock(mutex_);
  return context_;
}

}  // namespace upline::api
