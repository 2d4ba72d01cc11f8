// A snapshot for people.
#pragma once

#include <string>

#include "init/control/snapshot.h"

namespace usher {

struct TableStyle {
  bool colour = false;
  std::size_t width = 0;  // of the terminal; 0: lines may be as long as they are
};

std::string status_table(const Snapshot& snapshot, TableStyle style);

// "850ms", "12s", "2m10s", "3h05m", "4d02h": as exact as somebody looking at it wants it.
std::string brief(std::chrono::milliseconds duration);

}  // namespace usher
