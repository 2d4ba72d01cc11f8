// What the service has left behind in the file system.
#pragma once

#include "init/app/context.h"

namespace usher {

// Removes the files of shutdown.cleanup; what cannot be removed is logged.
void remove_left_files(const Context& context);

}  // namespace usher
