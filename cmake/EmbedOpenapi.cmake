# api/openapi.yaml becomes openapi_json.cpp, as JSON, whenever it changes.
find_package(yaml-cpp REQUIRED)
add_executable(yaml_to_cpp ${PROJECT_SOURCE_DIR}/cmake/yaml_to_cpp.cpp)
target_link_libraries(yaml_to_cpp PRIVATE yaml-cpp nlohmann_json::nlohmann_json)
set_target_properties(yaml_to_cpp PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tools)

set(UPLINE_OPENAPI_CPP ${PROJECT_BINARY_DIR}/generated/openapi_json.cpp)
add_custom_command(
  OUTPUT ${UPLINE_OPENAPI_CPP}
  COMMAND yaml_to_cpp ${PROJECT_SOURCE_DIR}/api/openapi.yaml ${UPLINE_OPENAPI_CPP} openapi_json
  DEPENDS yaml_to_cpp ${PROJECT_SOURCE_DIR}/api/openapi.yaml
  VERBATIM)
# A library of its own, without the warnings about long literals.
add_library(upline_openapi STATIC ${UPLINE_OPENAPI_CPP})
