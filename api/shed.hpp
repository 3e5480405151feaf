// What is refused because there is too much to do. One function makes such an answer and marks it, and what sees every
// answer on its way out counts the marks: nothing is shed uncounted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace upline::api {

enum class ShedFor : std::uint8_t {
  token,          // its token was used too often: 429
  address,        // its address asked too often: 429
  server,         // the server has too much to do
  shop,           // too many commands wait for the shop's pen
  workers,        // the workers' queue of its importance is full
  pen_queue,      // the queue of the shop's writer is full
  waiting_reads,  // too many reads wait for their position
  streams,        // too many streams of events
  signatures,     // too many requests have a signature to be checked
  memory,         // bodies and answers take as much memory as they may
  client,         // its address has as many connections as it may
  connections,    // too many connections; of what importance, nobody has read
};

inline constexpr std::array all_shed_reasons{
    ShedFor::token,      ShedFor::address,   ShedFor::server,        ShedFor::shop,
    ShedFor::workers,    ShedFor::pen_queue, ShedFor::waiting_reads, ShedFor::streams,
    ShedFor::signatures, ShedFor::memory,    ShedFor::client,        ShedFor::connections,
};

/// As the metric's label has it.
constexpr std::string_view name(ShedFor reason) {
  switch (reason) {
    case ShedFor::token:
      return "token";
    case ShedFor::address:
      return "address";
    case ShedFor::server:
      return "server";
    case ShedFor::shop:
      return "shop";
    case ShedFor::workers:
      return "workers";
    case ShedFor::pen_queue:
      return "pen_queue";
    case ShedFor::waiting_reads:
      return "waiting_reads";
    case ShedFor::streams:
      return "streams";
    case ShedFor::signatures:
      return "signatures";
    case ShedFor::memory:
      return "memory";
    case ShedFor::client:
      return "client_connections";
    case ShedFor::connections:
      return "connections";
  }
  return {};
}

/// The mark on an answer.
struct Shed {
  ShedFor reason{};
  std::size_t requests{1};  // a batch: as many as its lines that were shed
};

}  // namespace upline::api
