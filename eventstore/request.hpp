// What comes to the command handler, and what it answers.
#pragma once

#include "domain/command.hpp"
#include "domain/event.hpp"
#include "domain/order.hpp"
#include "domain/rejection.hpp"
#include "eventstore/stored_event.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace upline::eventstore {

struct SealedAhead;

constexpr std::size_t private_text_bytes_max = 4096;

/// A command, and beside it what must not stand in the log: the handler gives the command keyed hashes of it, and the
/// vault the texts.
struct Request {
  domain::Command command{};
  std::string command_id{};  // optional; at most 64 characters, as an id
  Actor actor{};
  std::vector<std::string> secrets{};           // of ImportKeys, whose `keys` the handler fills in
  std::shared_ptr<const SealedAhead> sealed{};  // optional: all of `secrets`, sealed before they came
  bool dated{true};            // false: the command has no time of its own; it happens when it is recorded
  std::string address{};       // of PlaceOrder
  std::string visitor{};       // of EnrolMember and RecordClick
  std::string contact{};       // of PlaceOrder
  std::string query_secret{};  // of PlaceOrder with a contact: what the buyer finds the order again with
  std::string text{};          // of DeliverOrder
  bool tells_order{};          // of a command to an order: the outcome says what it left
};

enum class Answer : std::uint8_t {
  appended,       // first..last are the command's events
  already_there,  // the same content was there before: nothing was appended
  repeated,       // the same command id with the same content: first..last are the events of the first time
  rejected,       // where first is not 0, that the command came is recorded all the same (payment_mismatch)
  failed,         // the world broke while this command was decided; `failure` says how
};

/// `appended`, `already_there`, `repeated`, `rejected`, `failed`.
std::string_view name(Answer answer);

struct OrderLeft {
  domain::OrderId id{};
  domain::Order order{};
};

struct Outcome {
  Answer answer{};
  domain::Position first{};
  domain::Position last{};
  std::optional<domain::Rejection> rejection{};
  std::exception_ptr failure{};
  std::vector<std::size_t> duplicates{};  // of ImportKeys: which secrets were in the shop already, and were left out
  std::optional<OrderLeft> left{};        // by the command, where that was asked and something was appended
};

}  // namespace upline::eventstore
