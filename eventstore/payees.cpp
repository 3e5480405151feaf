#include "eventstore/payees.hpp"

#include "domain/policy.hpp"
#include "eventstore/erasure.hpp"

#include <array>
#include <vector>

#include <nlohmann/json.hpp>

namespace upline::eventstore {

namespace {

constexpr std::array fields{
    PayeeField{"name", &Payee::name},
    PayeeField{"alipay", &Payee::alipay},
    PayeeField{"wechat_openid", &Payee::wechat_openid},
    PayeeField{"bank_account", &Payee::bank_account},
    PayeeField{"bank", &Payee::bank},
    PayeeField{"bank_code", &Payee::bank_code},
    PayeeField{"bic", &Payee::bic},
};

/// Of the member's own subject, so that erasing the member erases it.
TextName text_name(const domain::MemberId& member) { return {"payee/" + member.value, subject_of(member)}; }

/// The characters of UTF-8 text.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> list;
  for (std::size_t start = 0; start < text.size();) {
    auto end = start + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    list.push_back(text.substr(start, end - start));
    start = end;
  }
  return list;
}

std::string masked(std::string_view text) {
  constexpr std::size_t long_enough = 6;  // to show three characters of it
  if (text.empty()) return {};
  const auto parts = characters(text);
  auto shown = std::string(parts.front()) + "****";
  if (parts.size() >= long_enough) shown.append(parts[parts.size() - 2]).append(parts.back());
  return shown;
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// `6222 0202` and `6222-0202` as one number.
std::string without_gaps(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '-'; });
  return text;
}

bool has_digit(std::string_view text) { return text.find_first_of("0123456789") != std::string_view::npos; }

bool holds(const std::string& text, const std::string& part) {
  constexpr std::size_t telling_bytes_min = 4;  // shorter ones stand in many a text by chance
  return part.size() >= telling_bytes_min && text.find(part) != std::string::npos;
}

}  // namespace

std::span<const PayeeField> payee_fields() { return fields; }

std::expected<void, domain::Rejection> check_payee(const Payee& payee) {
  for (const auto& [name, value] : fields) {
    if (!domain::is_plain_text(payee.*value, payee_field_bytes_max)) {
      return domain::refuse(domain::Reason::invalid_text, std::string(name));
    }
  }
  return {};
}

/// Asked while the vault is locked: whoever erases the member after that destroys this text as well.
bool put_payee(Vault& vault, EventStore& store, const domain::MemberId& member, const Payee& payee) {
  auto json = nlohmann::json::object();
  for (const auto& [name, value] : fields) {
    if (!(payee.*value).empty()) json[std::string(name)] = payee.*value;
  }
  try {
    vault.put_text(text_name(member), vault.seal_text(text_name(member), json.dump()));
    if (is_erased(store, member)) {
      vault.rollback();
      return false;
    }
    vault.commit();
    return true;
  } catch (...) {
    vault.rollback();
    throw;
  }
}

std::optional<Payee> payee_of(Vault& vault, const domain::MemberId& member) {
  const auto text = vault.text(text_name(member));
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) throw DamagedStore("the vault's payee account of " + member.value + " cannot be read");
  Payee payee;
  for (const auto& [name, value] : fields) payee.*value = json.value(std::string(name), "");
  return payee == Payee{} ? std::nullopt : std::optional(std::move(payee));
}

bool repeats(std::string_view text, const Payee& payee) {
  const auto plain = in_lower_case(text);
  const auto joined = without_gaps(plain);
  for (const auto& field : fields) {
    const auto part = in_lower_case(payee.*field.value);
    if (holds(plain, part) || (has_digit(part) && holds(joined, without_gaps(part)))) return true;
  }
  return false;
}

Payee masked(const Payee& payee) {
  Payee shown;
  for (const auto& field : fields) shown.*field.value = masked(payee.*field.value);
  return shown;
}

}  // namespace upline::eventstore
