#include "eventstore/private_parts.hpp"

#include "domain/policy.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace upline::eventstore {

namespace {

/// By the names of the fields. What is delivered by hand may have lines, and is judged by its length alone.
auto named_parts(const Request& request) {
  return std::array{std::pair("address", &request.address), std::pair("visitor", &request.visitor),
                    std::pair("contact", &request.contact), std::pair("query_secret", &request.query_secret)};
}

}  // namespace

std::expected<void, domain::Rejection> check_private(const Request& request) {
  for (const auto& [name, text] : named_parts(request)) {
    if (!domain::is_plain_text(*text, domain::reason_bytes_max)) {
      return domain::refuse(domain::Reason::invalid_text, name);
    }
  }
  if (request.text.size() > private_text_bytes_max) return domain::refuse(domain::Reason::invalid_text, "text");
  return {};
}

bool has_private_parts(const Request& request) {
  return !request.text.empty() ||
         std::ranges::any_of(named_parts(request), [](const auto& part) { return !part.second->empty(); });
}

namespace {

using namespace domain;

class Hashing {
 public:
  Hashing(const Request& request, const Vault* vault) : request_(request), vault_(vault) {}

  void operator()(ImportKeys& import) const {
    import.keys.clear();
    for (const auto& secret : request_.secrets) import.keys.push_back({fingerprint(secret), {}});
  }
  void operator()(PlaceOrder& place) const {
    if (!request_.address.empty()) place.address = print("address", request_.address);
    if (!request_.contact.empty()) place.contact = SealedText{fingerprint(request_.contact), {}};
    if (!request_.query_secret.empty()) place.query_secret = print("query secret", request_.query_secret);
  }
  void operator()(EnrolMember& enrol) const {
    if (!request_.visitor.empty()) enrol.visitor = print("visitor", request_.visitor);
  }
  void operator()(RecordClick& click) const { click.visitor = print("visitor", request_.visitor); }
  void operator()(DeliverOrder& deliver) const {
    if (!request_.text.empty()) deliver.text = SealedText{fingerprint(request_.text), {}};
  }
  /// Nothing of any other command is private.
  template <class Other>
  void operator()(Other&) const {}

 private:
  Fingerprint fingerprint(std::string_view text) const {
    if (vault_ == nullptr) throw std::logic_error("hashing what is private needs a vault");
    return vault_->fingerprint(text);
  }
  Fingerprint print(std::string_view kind, std::string_view text) const {
    return fingerprint(std::string(kind).append(":").append(text));
  }

  const Request& request_;
  const Vault* vault_;
};

}  // namespace

void hash_private_parts(Command& command, const Request& request, const Vault* vault) {
  std::visit(Hashing(request, vault), command);
}

}  // namespace upline::eventstore
