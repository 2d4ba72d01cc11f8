// What parses consists of parts of its own text, in their order; what is found in a line parses, and
// can be dialled.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "init/text/multiaddr.h"
#include "init/text/multiaddr_finder.h"

using namespace usher;

namespace {

void check_parts(std::string_view text) {
  const Multiaddr address = parse_multiaddr(text);
  if (address.error && address.error->position > text.size()) std::abort();
  const char* last = text.data();
  for (const MultiaddrComponent& part : address.components) {
    if (part.protocol == nullptr) std::abort();
    if (part.value.empty()) continue;
    if (part.value.data() < last || part.value.data() + part.value.size() > text.data() + text.size())
      std::abort();
    last = part.value.data();
  }
  judge_dialability(address, true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_parts(text);
  for (const bool loopback : {false, true})
    if (const auto found = find_multiaddr(text, loopback)) {
      const Multiaddr address = parse_multiaddr(*found);
      if (address.error || judge_dialability(address, loopback) != Dialability::yes) std::abort();
    }
  return 0;
}
