#include "init/cli/check.h"
namespace usher { int check_command(int, char**) { return 0; } }
