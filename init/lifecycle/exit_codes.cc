#include "init/lifecycle/exit_codes.h"

#include <iterator>

namespace usher {
namespace {

// The list of those codes, in the order of the table, as Kubernetes wants it: ascending.
std::string values(Retry retry, std::string_view indent) {
  std::string text;
  for (const ExitCodeRow& row : kExitCodes)
    if (row.retry == retry) {
      text.append(indent).append("- ").append(std::to_string(row.code));
      text.append("  # ").append(row.meaning).append("\n");
    }
  return text;
}

}  // namespace

std::string exit_code_summary() {
  constexpr std::size_t kWidth = 94;
  std::string text = "\nExit codes: the service's own (128+N: ended by signal N);";
  std::size_t column = text.size() - 1;
  for (const ExitCodeRow& row : kExitCodes) {
    std::string item = std::to_string(row.code) + ' ' + std::string(row.meaning);
    item += &row == std::end(kExitCodes) - 1 ? '.' : ',';
    const bool fits = column + 1 + item.size() <= kWidth;
    column = fits ? column + 1 + item.size() : item.size();
    text += (fits ? ' ' : '\n') + item;
  }
  return text + '\n';
}

std::string restart_rules() {
  return
      "# What Kubernetes is to make of usher's exit codes. Those that are not named depend on the service.\n"
      "\n"
      "# In a container whose work comes to an end (Kubernetes 1.34 or newer, feature ContainerRestartRules):\n"
      "restartPolicy: Never\n"
      "restartPolicyRules:\n"
      "  - action: Restart\n"
      "    exitCodes:\n"
      "      operator: In\n"
      "      values:\n" + values(Retry::helps, "        ") +
      "---\n"
      "# In the spec of a Job, whose pods have restartPolicy Never:\n"
      "podFailurePolicy:\n"
      "  rules:\n"
      "    - action: FailJob\n"
      "      onExitCodes:\n"
      "        operator: In\n"
      "        values:\n" + values(Retry::never_helps, "          ") +
      "    # Counts against backoffLimit, as what is not named does.\n"
      "    - action: Count\n"
      "      onExitCodes:\n"
      "        operator: In\n"
      "        values:\n" + values(Retry::helps, "          ") +
      "    # Drained from its node: no fault of the work.\n"
      "    - action: Ignore\n"
      "      onPodConditions:\n"
      "        - type: DisruptionTarget\n"
      "          status: \"True\"\n";
}

}  // namespace usher
