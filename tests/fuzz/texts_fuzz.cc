// Short texts that others write: the first byte chooses whose.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "init/app/notify_message.h"
#include "init/base/duration.h"
#include "init/base/json.h"
#include "init/base/json_read.h"
#include "init/net/retry_after.h"
#include "init/observe/trace_context.h"
#include "init/os/mount_table.h"
#include "init/text/host_port.h"
#include "init/text/strip_ansi.h"

using namespace usher;

namespace {

void from_service(std::string_view text) {
  const NotifyMessage message = parse_notification(text);
  if (message.main_pid && *message.main_pid <= 0) std::abort();
  if (strip_ansi(text).size() > text.size()) std::abort();
}

void from_server(std::string_view text) {
  const std::chrono::system_clock::time_point now{std::chrono::seconds(1'795'962'805)};
  const auto pause = read_retry_after(text, now);
  if (pause.count() < 0 || pause > kLongestRetryAfter) std::abort();
}

void from_caller(std::string_view text) {
  if (const auto context = parse_traceparent(text); context && context->trace.size() != 32) std::abort();
  parse_duration(text);
  parse_host_port(text);
}

void from_kernel(std::string_view text) {
  const MountTable table(text);
  table.may_hang("/proc/self");
  table.may_hang("/srv/a b/c");
}

// What is written can be read again, and has nothing in it that a terminal obeys.
void through_json(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  const auto read = parse_json(json);
  if (!read || read->kind != Json::Kind::text) std::abort();
  if (std::any_of(json.begin(), json.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; })) std::abort();
  parse_json(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr void (*kReaders[])(std::string_view) = {from_service, from_server, from_caller, from_kernel, through_json};
  if (size < 1) return 0;
  kReaders[data[0] % std::size(kReaders)]({reinterpret_cast<const char*>(data + 1), size - 1});
  return 0;
}
