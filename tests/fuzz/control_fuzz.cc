// A request that is read is written and read again as the same one; a status that is read stays
// the same through JSON.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "init/control/protocol.h"

using namespace usher;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const ReadRequest read = read_request(line);
  if (read.request.has_value() != read.problem.empty()) std::abort();
  if (read.request && read_request(to_json(*read.request)).request != read.request) std::abort();

  const auto json = parse_json(line);
  if (!json) return 0;
  const std::string told = to_json(snapshot_from(*json));
  const auto again = parse_json(told);
  if (!again || to_json(snapshot_from(*again)) != told) std::abort();
  const Snapshot snapshot = snapshot_from(*json);
  if (answer_health(snapshot, {"redis", ""}, CheckLevel::watch).text.size() > kHealthTextMost) std::abort();
  return 0;
}
