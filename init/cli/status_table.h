// A snapshot for people.
#pragma once

#include <string>

#include "init/cli/text_table.h"
#include "init/control/snapshot.h"

namespace usher {

std::string status_table(const Snapshot& snapshot, TableStyle style);

}  // namespace usher
