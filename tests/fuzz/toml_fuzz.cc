// Text is read as TOML or there are problems that say why not, as a file and as a value of one.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "init/config/reader.h"

using namespace usher;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Problems problems;
  const auto root = read_toml(text, "fuzz.toml", problems);
  if (!root && problems.count() == 0) std::abort();
  Place place;
  place.name = "USHER_FUZZ";
  read_toml_value(text, place);
  return 0;
}
