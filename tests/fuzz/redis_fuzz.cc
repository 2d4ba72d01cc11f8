// Bytes of a server: however they are cut, the same replies come of them, and no more than may be.
// As a URL they are refused, or mean the same once their secrets are left out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "init/redis/redis_reply.h"
#include "init/text/redis_url.h"

using namespace usher;

namespace {

void write_down(const RedisReply& reply, std::string& out) {
  out += std::to_string(static_cast<int>(reply.type)) + ' ' + std::to_string(reply.integer) + ' ';
  out += std::to_string(reply.text.size()) + reply.text + '[';
  for (const RedisReply& element : reply.elements) write_down(element, out);
  out += ']';
}

std::string read_in_pieces(std::string_view bytes, std::size_t most) {
  RedisReader reader;
  std::string out;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, most));
    bytes.remove_prefix(std::min(most, bytes.size()));
    while (const auto reply = reader.next()) write_down(*reply, out);
  }
  return out + reader.problem();
}

void read_as_url(std::string_view text) {
  const auto [url, problem] = parse_redis_url(text);
  if (!problem.empty()) {
    if (url != RedisUrl{}) std::abort();
    return;
  }
  if (!url.path.empty()) return;  // shown as it is, for people
  RedisUrl shown = parse_redis_url(url.display()).url;
  shown.user = url.user;
  shown.password = url.password;
  if (shown != url) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  if (read_in_pieces(all, 1) != read_in_pieces(all, 8192)) std::abort();
  read_as_url(all);
  return 0;
}
