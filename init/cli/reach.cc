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

// As the usher that runs with the default configuration file has it, or as the environment says. What a
// mistake elsewhere in the file leaves of it will do: who answers has to be believed in any case.
std::string socket_of_configuration() {
  LoadRequest request;
  request.file = default_config_file(environ);
  if (request.file.empty()) return {};
  request.environment = environ;
  request.need_command = false;
  return load_config(request).config.control.socket;
}

}  // namespace

void give_back_signals(const InheritedSignals& inherited) {
  ::sigprocmask(SIG_SETMASK, &inherited.mask, nullptr);
}

std::string reach_usher(ControlClient& client, Millis patience) {
  const char* set = std::getenv("USHER_CONTROL_SOCKET");
  const bool is_set = set != nullptr && *set != '\0';
  const ControlAddress address = control_address(is_set ? set : socket_of_configuration());
  const auto deadline = monotonic_now() + patience;
  while (true) {
    const std::string problem = client.connect(address, kConnectLimit);
    if (!client.nobody_there()) return problem;
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
  answer.pid_1 = client.is_pid_1();
  client.stay_connected();
  return answer;
}

}  // namespace usher
