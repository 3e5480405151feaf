#include "api/shop_tokens.hpp"

#include <utility>
#include <vector>

#include <sys/stat.h>

namespace upline::api {

using domain::Timestamp;

ShopTokens::ShopTokens(std::filesystem::path folder) : folder_(std::move(folder)) { refresh(); }

std::shared_ptr<const ShopTokens::Set> ShopTokens::known() const {
  const std::lock_guard lock(mutex_);
  return set_;
}

std::optional<Caller> ShopTokens::caller_of(std::string_view token, Timestamp now) const {
  const auto text = eventstore::parse_token(token);
  if (!text) return std::nullopt;
  const auto set = known();
  const auto hit = set->find(text->id);
  if (hit == set->end()) return std::nullopt;
  const auto& [found, use] = hit->second;
  if (!eventstore::opens(*text, found.digest) || !found.is_valid(now)) return std::nullopt;
  use->at.store(now.microseconds, std::memory_order_relaxed);
  return Caller{found.id, found.terms.role, found.terms.member.value_or(domain::MemberId{})};
}

bool ShopTokens::is_valid(std::string_view token_id, Timestamp now) const {
  const auto set = known();
  const auto hit = set->find(token_id);
  return hit != set->end() && hit->second.token.is_valid(now);
}

/// A file that was taken away opens nothing, and leaves the shop guarded; one that took its place is another file, even
/// under the same version.
void ShopTokens::refresh() {
  const auto file = identity_of(eventstore::tokens_file(folder_));
  if (file != opened_) {
    file_.reset();
    version_.reset();
    if (file) file_ = eventstore::open_tokens(folder_, eventstore::WhenBusy::fail);
    opened_ = file;
    if (!file) replace({});
  }
  if (!file_) return;
  const auto version = file_->version();
  if (version == version_) return;
  replace(read(*file_));
  version_ = version;
}

ShopTokens::Set ShopTokens::read(eventstore::Tokens& file) const {
  const auto before = known();
  Set set;
  for (auto& token : file.all()) {
    const auto same = before->find(token.id);
    auto use = same != before->end() ? same->second.use : std::make_shared<Use>();
    if (token.last_used_at) use->written = token.last_used_at->microseconds;
    auto id = token.id;
    set.emplace(std::move(id), Known{std::move(token), std::move(use)});
  }
  return set;
}

void ShopTokens::replace(Set set) {
  const bool has_tokens = !set.empty();
  auto shared = std::make_shared<const Set>(std::move(set));
  {
    const std::lock_guard lock(mutex_);
    set_.swap(shared);
  }
  if (has_tokens) is_guarded_ = true;
}

void ShopTokens::write_down_uses(domain::Duration at_least) {
  if (!file_) return;
  const auto set = known();
  std::vector<eventstore::TokenUse> uses;
  for (const auto& [id, known] : *set) {
    const auto at = known.use->at.load(std::memory_order_relaxed);
    if (at > known.use->written && at - known.use->written >= at_least.microseconds) uses.push_back({id, {at}});
  }
  if (uses.empty()) return;
  file_->note_uses(uses);
  for (const auto& use : uses) set->find(use.id)->second.use->written = use.at.microseconds;
}

std::optional<ShopTokens::FileIdentity> ShopTokens::identity_of(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

}  // namespace upline::api
