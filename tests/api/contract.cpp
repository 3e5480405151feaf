#include "tests/api/contract.hpp"

#include "api/openapi.hpp"
#include "api/router.hpp"

#include <algorithm>
#include <cctype>
#include <climits>
#include <functional>
#include <locale>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace upline::tests {

namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

/// Follows `{"$ref": "#/components/..."}`. The node is a part of the contract, never a temporary.
const Json& resolved(std::reference_wrapper<const Json> node) {
  if (!node.get().contains("$ref")) return node.get();
  return contract().at(Json::json_pointer(node.get().at("$ref").get<std::string>().substr(1)));
}

std::string in_capitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) { return std::toupper(letter); });
  return text;
}

std::vector<Operation> all_operations() {
  std::vector<Operation> list;
  for (const auto& [path, item] : contract().at("paths").items()) {
    for (const auto& [method, description] : item.items()) {
      if (method == "parameters") continue;
      Operation operation{description.at("operationId"), in_capitals(method), path, description, {}};
      for (const auto* from : {&item, &description}) {
        for (const auto& parameter : from->value("parameters", Json::array())) {
          operation.parameters.push_back(resolved(parameter));
        }
      }
      list.push_back(std::move(operation));
    }
  }
  return list;
}

/// A schema of the document, ready to check with. The components go along, since its references lead to them.
std::unique_ptr<valijson::Schema> compile(Json schema) {
  schema["components"] = contract().at("components");
  auto compiled = std::make_unique<valijson::Schema>();
  valijson::SchemaParser().populateSchema(Adapter(schema), *compiled);
  return compiled;
}

/// libstdc++ 12 fills these tables of its locale without a lock, a character at a time, as std::regex meets it first:
/// valijson matches patterns by it, in as many threads as there are clients.
bool fill_locale_tables() {
  const auto& characters = std::use_facet<std::ctype<char>>(std::locale());
  for (int c = 1; c <= UCHAR_MAX; ++c) characters.narrow(static_cast<char>(c), '\0');
  characters.widen('a');
  return true;
}

const valijson::Schema& compiled(const Json& schema) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<valijson::Schema>> all;
  [[maybe_unused]] static const bool filled = fill_locale_tables();
  const std::scoped_lock lock(mutex);
  auto& entry = all[schema.dump()];
  if (!entry) entry = compile(schema);
  return *entry;
}

/// How `value` departs from `schema`, in sentences.
std::vector<std::string> differences(const Json& schema, const Json& value) {
  const auto& compiled_schema = compiled(schema);
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(compiled_schema, Adapter(value), &results)) return {};
  std::vector<std::string> sentences;
  for (const auto& error : results) {
    sentences.push_back(fmt::format("{}: {}", fmt::join(error.context, ""), error.description));
  }
  return sentences;
}

}  // namespace

std::set<std::string> Operation::query_names() const {
  std::set<std::string> names;
  for (const auto& parameter : parameters) {
    if (parameter.at("in") == "query") names.insert(parameter.at("name").get<std::string>());
  }
  return names;
}

std::set<std::string> Operation::statuses() const {
  std::set<std::string> all;
  for (const auto& [status, answer] : description.at("responses").items()) all.insert(status);
  return all;
}

std::string Operation::example_path() const {
  auto filled = path;
  for (const auto& parameter : parameters) {
    if (parameter.at("in") != "path") continue;
    const auto place = "{" + parameter.at("name").get<std::string>() + "}";
    const auto& example = parameter.at("example");
    filled.replace(filled.find(place), place.size(), example.is_string() ? example.get<std::string>() : example.dump());
  }
  return filled;
}

Json Operation::example_body() const {
  if (!description.contains("requestBody")) return {};
  return description.at("requestBody").at("content").front().at("example");
}

const Json& contract() {
  static const auto document = Json::parse(api::openapi_json());
  return document;
}

const std::vector<Operation>& operations() {
  static const auto all = all_operations();
  return all;
}

const Operation& operation(std::string_view id) {
  const auto hit = std::ranges::find(operations(), id, &Operation::id);
  if (hit == operations().end()) throw std::logic_error(fmt::format("no operation {} is documented", id));
  return *hit;
}

const Operation* operation_of(std::string_view method, std::string_view path) {
  static const api::RouteTable table([] {
    std::vector<api::RouteTemplate> templates;
    for (const auto& operation : operations()) templates.push_back({operation.method, operation.path});
    return templates;
  }());
  const auto match = table.find({.method = std::string(method), .path = std::string(path)});
  return match ? &operations()[match->route] : nullptr;
}

std::vector<std::string> breaches(const Operation& operation, const Answer& answer) {
  const auto& responses = operation.description.at("responses");
  const auto status = std::to_string(answer.status);
  if (!responses.contains(status)) return {fmt::format("{} has no answer {}", operation.id, status)};
  const auto& documented = resolved(responses.at(status));
  if (!documented.contains("content")) {
    return answer.body.empty() ? std::vector<std::string>{}
                               : std::vector{fmt::format("{} {} has no body", operation.id, status)};
  }
  const auto& content = documented.at("content");
  const auto type = answer.headers.find("content-type");
  if (type == answer.headers.end() || !content.contains(type->second)) {
    return {fmt::format("{} {} is of a type that is not documented", operation.id, status)};
  }
  if (!type->second.ends_with("json")) return {};
  auto found = differences(content.at(type->second).at("schema"), Json::parse(answer.body));
  for (auto& sentence : found) sentence = fmt::format("{} {}{}", operation.id, status, sentence);
  return found;
}

void must_keep_contract(std::string_view method, std::string_view target, const Answer& answer) {
  const auto* operation = operation_of(method, target.substr(0, target.find('?')));
  if (operation == nullptr) {
    if (answer.status == 404 || answer.status == 405) return;
    throw std::logic_error(fmt::format("{} {} is not documented in api/openapi.yaml", method, target));
  }
  const auto found = breaches(*operation, answer);
  if (!found.empty()) {
    throw std::logic_error(fmt::format("not as api/openapi.yaml has it: {}; {}", fmt::join(found, "; "), answer.body));
  }
}

}  // namespace upline::tests
