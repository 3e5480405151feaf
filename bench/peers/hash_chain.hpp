// A chain of SHA-256 over records: the least that any log which can be verified pays for an event.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include <openssl/evp.h>

namespace upline::bench {

class HashChain {
 public:
  using Hash = std::array<std::uint8_t, 32>;

  const Hash& append(std::span<const char> record) {
    EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr);
    EVP_DigestUpdate(context_.get(), last_.data(), last_.size());
    EVP_DigestUpdate(context_.get(), record.data(), record.size());
    EVP_DigestFinal_ex(context_.get(), last_.data(), nullptr);
    return last_;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_{EVP_MD_CTX_new()};
  std::unique_ptr<EVP_MD, Free> digest_{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  Hash last_{};
};

}  // namespace upline::bench
