// The last events of a log as text, so that each is read and written out once, however many are told of it.
#pragma once

#include "domain/ids.hpp"
#include "eventstore/event_store.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace upline::api {

/// "id: 7\nevent: OrderPlaced\ndata: {…}\n\n": the data is what the page of events shows.
struct EventText {
  std::string type{};
  std::string text{};
};

/// One thread at a time.
class RecentEvents {
 public:
  /// Of the bytes of their texts.
  explicit RecentEvents(std::size_t bytes_max = std::size_t{1} << 20U) : bytes_max_(bytes_max) {}

  /// The events from..to in order, until the visitor answers false; from the log where they are not at hand. Throws
  /// what reading and decoding throws.
  void read(eventstore::EventStore& log, domain::Position from, domain::Position to,
            const std::function<bool(domain::Position, const EventText&)>& visit);

 private:
  using Texts = std::map<domain::Position, std::shared_ptr<const EventText>>;

  void keep(domain::Position position, std::shared_ptr<const EventText> text);

  std::size_t bytes_max_;
  std::size_t bytes_{};
  Texts texts_;  // without a gap between the first and the last
};

}  // namespace upline::api
