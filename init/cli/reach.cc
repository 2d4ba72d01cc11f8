#include "init/cli/reach.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "init/config/load.h"
#include "init/os/clock.h"

namespace usher {
namespace {

constexpr Millis kConnectLimit{5'000};
constexpr int kPauseMs = 5;

// Slow next to all else here, which is why it is the last resort.
std::string configured_socket() {
  LoadRequest request;
  request.file = default_config_file(environ);
  if (request.file.empty()) return {};
  request.environment = environ;
  request.need_command = false;
  const Loaded loaded = load_config(request);
  return loaded.errors.empty() ? loaded.config.control.socket : std::string();
}

}  // namespace

void give_back_signals(const InheritedSignals& inherited) {
  ::sigprocmask(SIG_SETMASK, &inherited.mask, nullptr);
}

std::string reach_usher(ControlClient& client, Millis patience) {
  const char* set = std::getenv("USHER_CONTROL_SOCKET");
  const bool is_set = set != nullptr && *set != '\0';
  const auto deadline = monotonic_now() + patience;
  std::optional<std::string> configured;
  while (true) {
    std::string problem = client.connect(control_address(is_set ? set : ""), kConnectLimit);
    if (!client.nobody_there()) return problem;
    if (!is_set && !configured) configured = configured_socket();
    if (configured && !configured->empty()) {
      problem = client.connect(control_address(*configured), kConnectLimit);
      if (!client.nobody_there()) return problem;
    }
    if (monotonic_now() >= deadline)
      return is_set ? problem : problem + " (USHER_CONTROL_SOCKET names another place)";
    ::poll(nullptr, 0, kPauseMs);
  }
}

ControlAnswer read_answer(ControlClient& client, std::optional<Millis> limit) {
  ControlAnswer answer;
  answer.problem = client.next_line(answer.line, limit);
  answer.ended = client.ended();
  if (!answer.problem.empty()) return answer;
  auto json = parse_json(answer.line);
  if (!json || json->integer_of("v") != kControlVersion) {
    answer.problem = "cannot read the answer: it comes from no usher of this version";
    return answer;
  }
  answer.json = std::move(*json);
  answer.problem = answer.json.text_of("error");
  return answer;
}

ControlAnswer ask_usher(const ControlRequest& request, Millis patience,
                        std::optional<Millis> limit) {
  ControlClient client;
  ControlAnswer answer;
  answer.problem = reach_usher(client, patience);
  if (answer.problem.empty()) answer.problem = client.send(request);
  if (!answer.problem.empty()) return answer;
  answer = read_answer(client, limit);
  client.stay_connected();
  return answer;
}

}  // namespace usher
