// An event as it lies in the log: an envelope, a payload in bytes, and the hash that ties both into the Merkle tree.
// docs/format.md has the exact bytes.
#pragma once

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "eventstore/merkle.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace upline::eventstore {

/// Random bytes in every event, so that a leaf hash gives nothing away about a guessable payload.
using Salt = std::array<std::uint8_t, 16>;

/// Who asked: a token id, or the name of a local program. At most 64 bytes.
using Actor = std::string;

constexpr std::size_t command_id_bytes_max = 64;
constexpr std::size_t actor_bytes_max = 64;

/// The name a caller gave a command, and a salted hash of the command's content, to tell a repetition from another
/// command under the same name.
struct CommandMark {
  std::string id{};
  Hash digest{};
  bool operator==(const CommandMark&) const = default;
};

struct StoredEvent {
  domain::Position position{};
  std::string stream{};  // domain::to_text
  domain::Version version{};
  domain::Position previous{};  // of version - 1 in the same stream; 0 for the first. Derived, so not hashed
  std::uint16_t type{};
  std::uint16_t schema{};
  domain::Timestamp occurred_at{};
  domain::Timestamp recorded_at{};
  std::optional<CommandMark> command{};
  Actor actor{};
  Salt salt{};
  std::vector<std::uint8_t> payload{};
  Hash leaf_hash{};   // of all that stands above but `previous`, as it is
  bool is_damaged{};  // read from the disk, and not with the hash that was written there
};

/// The store holds something that it cannot have written: a broken hash, a gap, an undecodable payload.
class DamagedStore : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The store was written by a newer program; nothing is wrong with it.
class NewerStore : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The device has no room left, or this user may not write there; nothing is wrong with what the store holds.
class StoreUnwritable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Another process held the pen or the database for longer than the caller wanted to wait.
class StoreBusy : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace upline::eventstore
