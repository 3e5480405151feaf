// Whatever a CSV file holds: the rows end, their places rise, and they are the same however the bytes arrive.
#include "domain/utf8.hpp"
#include "eventstore/import/csv_reader.hpp"
#include "tests/eventstore/memory_source.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace upline::eventstore::import;

const Columns columns{{"a", "b"}, {"c"}};

void require(bool holds) {
  if (!holds) std::abort();
}

/// One text for all that a reader has to say about these bytes.
std::vector<std::string> story_of(const std::string& bytes, std::size_t piece_bytes) {
  std::vector<std::string> story;
  std::uint64_t last_line = 1;
  try {
    CsvReader reader(std::make_unique<upline::tests::MemorySource>(bytes, piece_bytes), "rows.csv", columns);
    for (CsvRow row; reader.next(row);) {
      require(row.line > last_line);
      last_line = row.line;
      require(row.fault.has_value() != (row.fields.size() == 3));
      auto text = std::to_string(row.line);
      if (row.fault) text += code(*row.fault);
      for (const auto field : row.fields) {
        require(upline::domain::is_utf8(field) && !field.contains('\0'));
        text += '[';
        text += field;
      }
      story.push_back(std::move(text));
    }
  } catch (const InputError& error) {
    story.emplace_back(error.what());
  }
  require(last_line <= bytes.size() + 1);
  return story;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A header in front, so that not every input has to find one.
  const std::string bytes = "a,b,c\n" + std::string(reinterpret_cast<const char*>(data), size);
  require(story_of(bytes, SIZE_MAX) == story_of(bytes, 1 + size % 7));
  story_of(bytes.substr(6), SIZE_MAX);
  return 0;
}
