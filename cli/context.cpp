#include "cli/context.hpp"

#include "domain/text.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace upline::cli {

namespace fs = std::filesystem;

namespace {

std::string the_only_shop(const fs::path& data) {
  const auto shops = eventstore::shops_in(data);
  if (shops.size() == 1) return shops.front();
  if (shops.empty()) {
    throw eventstore::ShopNotFound(
        fmt::format("there is no shop in {}; make one with: upline init --data {} --shop NAME --currency CNY",
                    data.string(), data.string()));
  }
  throw UsageError(
      fmt::format("{} holds several shops, name one with --shop: {}", data.string(), fmt::join(shops, ", ")));
}

}  // namespace

void add_shop_options(CLI::App& verb, ShopOptions& options) {
  verb.add_option("--data", options.data, "The data folder (or UPLINE_DATA; default ./upline-data)")->type_name("DIR");
  verb.add_option("--shop", options.shop, "The shop (or UPLINE_SHOP; default: the only one there)")->type_name("NAME");
}

std::string check_not_empty(const std::string& text) { return text.empty() ? "the text is empty" : ""; }

std::string check_positive(const std::string& text) {
  if (domain::whole_number<std::uint64_t>(text).value_or(0) > 0) return {};
  return fmt::format("'{}' is not a whole number above 0", text);
}

domain::Timestamp parse_time(std::string_view option, const std::string& text) {
  const auto time = domain::parse_rfc3339(text);
  if (!time) {
    throw UsageError(fmt::format(
        "{} '{}' is no time: write it as RFC 3339 with an offset, such as 2026-05-01T12:00:00Z", option, text));
  }
  return *time;
}

DataLocation locate_data(const ShopOptions& options) {
  auto settings = read_settings(options.data);
  if (settings.vault_key.empty()) settings.vault_key = settings.data / "vault.key";
  return {std::move(settings.data), std::move(settings.vault_key), std::move(settings.shop),
          std::move(settings.serving)};
}

eventstore::ShopLocation locate_shop(const ShopOptions& options) {
  auto place = locate_data(options);
  auto shop = !options.shop.empty() ? options.shop : std::move(place.usual_shop);
  if (shop.empty()) shop = the_only_shop(place.data);
  return {std::move(place.data), std::move(shop), std::move(place.vault_key)};
}

std::unique_ptr<eventstore::Shop> open_shop(const ShopOptions& options) {
  auto shop = std::make_unique<eventstore::Shop>(locate_shop(options));
  if (shop->store().head().position == domain::Position{0}) {
    throw eventstore::ShopNotFound(fmt::format(
        "the log of shop '{}' is empty: if the shop was just being made, run upline init again, else restore "
        "a backup of {}",
        shop->location().shop, (shop->location().folder() / "events.db").string()));
  }
  return shop;
}

}  // namespace upline::cli
