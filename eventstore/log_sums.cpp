#include "eventstore/log_sums.hpp"

#include "eventstore/claims.hpp"

#include <cstring>

#include <sodium.h>

namespace upline::eventstore {

namespace {

static_assert(sizeof(SumKey) == crypto_shorthash_siphashx24_KEYBYTES);
static_assert(sizeof(CollectionSum) == crypto_shorthash_siphashx24_BYTES);

CollectionSum hash_of(const SumKey& key, std::span<const std::uint8_t> element) {
  std::array<unsigned char, sizeof(CollectionSum)> bytes{};
  crypto_shorthash_siphashx24(bytes.data(), element.data(), element.size(), key.data());
  CollectionSum hash;
  std::memcpy(&hash, bytes.data(), bytes.size());
  return hash;
}

void put(std::vector<std::uint8_t>& element, std::uint64_t number) {
  const auto size = element.size();
  element.resize(size + sizeof(number));
  std::memcpy(element.data() + size, &number, sizeof(number));
}

/// A row of streams: numbers of a fixed width first, so that no two rows are the same bytes.
void make_head(std::vector<std::uint8_t>& element, std::string_view stream, std::uint64_t version,
               domain::Position position) {
  element.clear();
  put(element, version);
  put(element, position.value);
  element.insert(element.end(), stream.begin(), stream.end());
}

void make_claim(std::vector<std::uint8_t>& element, ClaimKind kind, ClaimKey key, domain::Position position) {
  element.clear();
  put(element, static_cast<std::uint64_t>(kind));
  put(element, position.value);
  element.insert(element.end(), key.begin(), key.end());
}

}  // namespace

SumKey random_sum_key() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
  SumKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

void CollectionSum::add(const SumKey& key, std::span<const std::uint8_t> element) { add(hash_of(key, element)); }

void CollectionSum::add(const CollectionSum& other) {
  low += other.low;
  high += other.high;
}

void CollectionSum::remove(const SumKey& key, std::span<const std::uint8_t> element) {
  const auto hash = hash_of(key, element);
  low -= hash.low;
  high -= hash.high;
}

void LogSums::claim(ClaimKind kind, ClaimKey claimed, domain::Position position) {
  make_claim(element_, kind, claimed, position);
  claims_.add(key_, element_);
}

void LogSums::add(const StoredEvent& stored, const domain::RecordedEvent& recorded) {
  const bool is_first_of_stream = stored.version.value == 1;
  links_are_possible_ &= stored.version.value > 0 && is_first_of_stream == (stored.previous == domain::Position{0}) &&
                         stored.previous < stored.position;
  make_head(element_, stored.stream, stored.version.value, stored.position);
  newest_.add(key_, element_);
  if (!is_first_of_stream) {
    make_head(element_, stored.stream, stored.version.value - 1, stored.previous);
    newest_.remove(key_, element_);
  }
  const auto& command = stored.command ? stored.command->id : std::string{};
  if (first_ == domain::Position{0}) {
    first_ = stored.position;
    first_command_ = command;
  }
  // Of a command's events, which follow each other, the first claims its id.
  if (!command.empty() && command != last_command_) claim(ClaimKind::command_id, claim_key(command), stored.position);
  last_command_ = command;
  for_each_claim(recorded.stream, recorded.event,
                 [&](ClaimKind kind, ClaimKey key) { claim(kind, key, stored.position); });
}

void LogSums::join(const LogSums& next) {
  if (next.first_ == domain::Position{0}) return;
  newest_.add(next.newest_);
  claims_.add(next.claims_);
  links_are_possible_ &= next.links_are_possible_;
  if (first_ == domain::Position{0}) {
    first_ = next.first_;
    first_command_ = next.first_command_;
  } else if (!next.first_command_.empty() && next.first_command_ == last_command_) {
    make_claim(element_, ClaimKind::command_id, claim_key(last_command_), next.first_);  // it began in front of there
    claims_.remove(key_, element_);
  }
  last_command_ = next.last_command_;
}

bool LogSums::agree_with(EventStore& store) const {
  std::vector<std::uint8_t> element;
  CollectionSum heads;
  store.visit_stream_heads([&](std::string_view stream, const StreamHead& head) {
    make_head(element, stream, head.version.value, head.position);
    heads.add(key_, element);
  });
  CollectionSum claimed;
  store.visit_claims([&](ClaimKind kind, ClaimKey key, domain::Position position) {
    make_claim(element, kind, key, position);
    claimed.add(key_, element);
  });
  return links_are_possible_ && heads == newest_ && claimed == claims_;
}

}  // namespace upline::eventstore
