#include "tests/api/certificate.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace upline::tests {

namespace {

void must(bool holds) {
  if (!holds) throw std::runtime_error("OpenSSL cannot make a certificate");
}

std::shared_ptr<::X509> certificate_of(::EVP_PKEY* key, const std::string& name) {
  std::shared_ptr<::X509> made(::X509_new(), ::X509_free);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(made.get()), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(made.get()), -60);
  ::X509_gmtime_adj(::X509_getm_notAfter(made.get()), 86'400);
  ::X509_set_pubkey(made.get(), key);
  auto* subject = ::X509_get_subject_name(made.get());
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  must(::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
  ::X509_set_issuer_name(made.get(), subject);
  must(::X509_sign(made.get(), key, ::EVP_sha256()) > 0);
  return made;
}

std::shared_ptr<std::FILE> written(const std::filesystem::path& file) {
  std::shared_ptr<std::FILE> opened(std::fopen(file.c_str(), "w"), [](std::FILE* f) {
    if (f != nullptr) std::fclose(f);
  });
  must(opened != nullptr);
  return opened;
}

}  // namespace

api::TlsFiles make_certificate(const std::filesystem::path& folder, const std::string& name) {
  const std::shared_ptr<::EVP_PKEY> key(::EVP_EC_gen("P-256"), ::EVP_PKEY_free);
  must(key != nullptr);
  api::TlsFiles files{folder / (name + ".pem"), folder / (name + ".key")};
  must(::PEM_write_X509(written(files.certificate).get(), certificate_of(key.get(), name).get()) == 1);
  must(::PEM_write_PrivateKey(written(files.key).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return files;
}

}  // namespace upline::tests
