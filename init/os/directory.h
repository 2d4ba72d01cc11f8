// A directory that is open as long as its owner is there.
#pragma once

#include <dirent.h>

#include <memory>

namespace usher {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

}  // namespace usher
