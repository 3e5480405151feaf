#include "api/shed_counter.hpp"

#include <algorithm>
#include <iterator>

namespace upline::api {

void ShedCounter::count(std::string_view request_class, Shed shed) {
  const auto* const last = std::prev(classes.end());
  const auto place = std::find(classes.begin(), last, request_class) - classes.begin();
  auto& counter = counts_.at(static_cast<std::size_t>(place)).at(static_cast<std::size_t>(shed.reason));
  counter.fetch_add(shed.requests, std::memory_order_relaxed);
}

std::vector<ShedCount> ShedCounter::counts() const {
  std::vector<ShedCount> list;
  for (std::size_t place = 0; place < classes.size(); ++place) {
    for (const auto reason : all_shed_reasons) {
      const auto& counter = counts_.at(place).at(static_cast<std::size_t>(reason));
      list.push_back({classes.at(place), name(reason), counter.load(std::memory_order_relaxed)});
    }
  }
  return list;
}

}  // namespace upline::api
