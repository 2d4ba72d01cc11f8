// Which PID namespace this is: containers may share a network namespace, and abstract names with it.
#pragma once

#include <string>

namespace usher {

// Its number, "4026531836", which all of its processes see; "pid" without a /proc to read it from, and
// where the kernel has another number for each who asks, as gVisor's.
std::string pid_namespace();

}  // namespace usher
