#include "api/http.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace upline::api {

namespace {

constexpr char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

constexpr std::array<std::pair<unsigned, std::string_view>, 31> reasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
}};

}  // namespace

namespace {

const std::string* find_header(const std::vector<Header>& headers, std::string_view name) {
  const auto hit = std::ranges::find_if(headers, [&](const Header& h) { return equal_ignoring_case(h.name, name); });
  return hit != headers.end() ? &hit->value : nullptr;
}

}  // namespace

const std::string* Request::header(std::string_view name) const { return find_header(headers, name); }

const std::string* Response::header(std::string_view name) const { return find_header(headers, name); }

std::string_view reason_of(unsigned status) {
  const auto* const hit = std::ranges::find(reasons, status, [](const auto& row) { return row.first; });
  return hit != reasons.end() ? hit->second : std::string_view{};
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace upline::api
