// Where a member's payouts go: personal data, so it lies in the vault under the member's own key, and nowhere else.
#pragma once

#include "domain/ids.hpp"
#include "domain/rejection.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/vault.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace upline::eventstore {

/// What a payout file may need; empty where the member gave none.
struct Payee {
  std::string name{};           // as the account's owner writes it
  std::string alipay{};         // the Alipay account: a phone number or an address
  std::string wechat_openid{};  // of the merchant's own application
  std::string bank_account{};   // a card's or account's number, or an IBAN
  std::string bank{};           // the name of the bank or its branch
  std::string bank_code{};      // 联行号: the branch in CNAPS
  std::string bic{};            // the bank in ISO 9362
  bool operator==(const Payee&) const = default;
};

/// A part of it, by the name that files and options call it.
struct PayeeField {
  std::string_view name{};
  std::string Payee::* value{};
};

/// In the order in which they are shown and stored.
std::span<const PayeeField> payee_fields();

constexpr std::size_t payee_field_bytes_max = 200;

/// Refuses what no account can be: a control character or too much text in a field. Names the field, never its text.
std::expected<void, domain::Rejection> check_payee(const Payee& payee);

/// Replaces what was there; an empty one forgets it. In a transaction of its own. False, and nothing is kept, where the
/// member was erased. These throw what the vault throws.
bool put_payee(Vault& vault, EventStore& store, const domain::MemberId& member, const Payee& payee);

/// Nothing where the member gave none, or was erased. About 10 microseconds.
std::optional<Payee> payee_of(Vault& vault, const domain::MemberId& member);

/// Whether the text holds a part of it, of 4 bytes and more (so also a Chinese name of two characters): whatever the
/// case of ASCII letters, and a number also where it is written in groups.
bool repeats(std::string_view text, const Payee& payee);

/// What may be shown of it: the last two characters of a field of six and more, the first of any, and always four
/// stars, so that its length is not told.
Payee masked(const Payee& payee);

}  // namespace upline::eventstore
