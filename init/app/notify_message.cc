#include "init/app/notify_message.h"

#include <limits>

#include "init/base/text.h"

namespace usher {
namespace {

// For a person and for one line of the log.
std::string shown(std::string_view status) {
  constexpr std::size_t kMost = 200;
  std::string text(trim(status).substr(0, kMost));
  for (char& byte : text)
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) byte = ' ';
  return text;
}

void apply(std::string_view key, std::string_view value, NotifyMessage& message) {
  if (key == "READY") message.ready |= value == "1";
  if (key == "RELOADING") message.reloading |= value == "1";
  if (key == "STOPPING") message.stopping |= value == "1";
  if (key == "WATCHDOG") message.watchdog |= value == "1";
  if (key == "WATCHDOG") message.wants_failure |= value == "trigger";
  if (key == "STATUS") message.status = shown(value);
  if (key != "MAINPID") return;
  const auto number = parse_integer(value);
  if (number && *number > 0 && *number <= std::numeric_limits<pid_t>::max())
    message.main_pid = static_cast<pid_t>(*number);
}

}  // namespace

NotifyMessage parse_notification(std::string_view text) {
  NotifyMessage message;
  if (text.find('\0') != std::string_view::npos) return message;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto equals = line.find('=');
    if (equals != std::string_view::npos)
      apply(line.substr(0, equals), line.substr(equals + 1), message);
  }
  return message;
}

}  // namespace usher
