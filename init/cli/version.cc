#include "init/cli/version.h"

#include "init/cli/message.h"

namespace usher {

int version_command() {
  print("usher " USHER_VERSION "\n");
  return 0;
}

}  // namespace usher
