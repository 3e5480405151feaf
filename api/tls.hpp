// The certificate that the server shows, and the terms on which it speaks TLS.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>

struct ssl_ctx_st;

namespace upline::api {

/// Both in PEM. The certificate's file also holds those between it and the authority that signed it.
struct TlsFiles {
  std::filesystem::path certificate{};
  std::filesystem::path key{};
};

/// A file that is missing, unreadable, not what it should be, or not of the other; the message says which.
class TlsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// TLS 1.2 and 1.3, ALPN http/1.1. From any thread.
class TlsCertificate {
 public:
  /// Throws TlsError.
  explicit TlsCertificate(TlsFiles files);

  /// Reads the files again. Connections keep what they began with. Throws TlsError, and then nothing has changed.
  void reload();

  /// For one connection, which holds it.
  std::shared_ptr<ssl_ctx_st> context() const;

 private:
  TlsFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace upline::api
