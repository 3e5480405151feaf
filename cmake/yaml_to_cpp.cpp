// yaml_to_cpp FROM.yaml TO.cpp FUNCTION: turns a YAML document into a C++ function that returns it as JSON. Run by the
// build. Scalars keep their types: what is quoted is a text; what is plain is a number, true, false or null where JSON
// would read it so, and a text otherwise. (YAML 1.1 reads `no` as false; here it is a text, as in YAML 1.2.)
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

namespace {

using Json = nlohmann::ordered_json;

Json scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;
  const auto value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

Json to_json(const YAML::Node& node);

Json object(const YAML::Node& node) {
  auto json = Json::object();
  for (const auto& field : node) {
    const auto& name = field.first.Scalar();
    if (json.contains(name)) throw std::runtime_error("'" + name + "' is there twice");
    json[name] = to_json(field.second);
  }
  return json;
}

Json to_json(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return scalar(node);
    case YAML::NodeType::Sequence: {
      auto json = Json::array();
      for (const auto& element : node) json.push_back(to_json(element));
      return json;
    }
    case YAML::NodeType::Map:
      return object(node);
    default:
      return nullptr;
  }
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 4) throw std::runtime_error("usage: yaml_to_cpp FROM.yaml TO.cpp FUNCTION");
  const auto json = to_json(YAML::LoadFile(arguments[1])).dump();
  std::ofstream out(arguments[2]);
  out << "#include <string_view>\n\nnamespace upline::api {\n\nstd::string_view " << arguments[3]
      << "() { return R\"json(" << json << ")json\"; }\n\n}  // namespace upline::api\n";
  return out.flush() ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << arguments[0] << ": " << (count > 1 ? arguments[1] : "") << ": " << error.what() << '\n';
  return 1;
}
