#include "init/cli/version.h"

#include <unistd.h>

#include <string_view>

namespace usher {

int version_command() {
  constexpr std::string_view kText = "usher " USHER_VERSION "\n";
  return ::write(STDOUT_FILENO, kText.data(), kText.size()) < 0 ? 1 : 0;
}

}  // namespace usher
