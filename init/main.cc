#include "init/cli/version.h"

int main() { return usher::version_command(); }
