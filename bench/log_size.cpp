// How many events a shop's log holds behind a position, and how many bytes they are by themselves: what lies under
// their hashes, envelope and payload. Says so in JSON.
#include "eventstore/event_codec.hpp"
#include "eventstore/shop.hpp"

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

int main(int argc, char** argv) try {
  using namespace upline;
  std::filesystem::path data;
  std::uint64_t after = 0;
  CLI::App app("Adds up the events of a shop.");
  app.add_option("data", data, "The folder of the shop `bench`")->required();
  app.add_option("--after", after, "Only those behind this position");
  CLI11_PARSE(app, argc, argv);
  eventstore::Shop shop({data, "bench", data / "vault.key"});
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  shop.store().read({after + 1}, shop.store().head().position, [&](const eventstore::StoredEvent& event) {
    ++events;
    bytes += eventstore::leaf_bytes(event).size();
    return true;
  });
  std::cout << nlohmann::ordered_json{{"events", events}, {"bytes", bytes}} << '\n';
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_log_size: " << error.what() << '\n';
  return EXIT_FAILURE;
}
