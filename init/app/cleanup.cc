#include "init/app/cleanup.h"

#include <cerrno>

#include "init/os/configured_path.h"

namespace usher {

void remove_left_files(const Context& context) {
  const auto& files = context.config.shutdown.cleanup_files;
  if (!files.empty()) context.log.release();  // a disk may take its time
  for (const std::string& path : files) {
    const ConfiguredPath place(path, ConfiguredPath::Last::itself);
    if (const int error = place.remove(); error != 0 && error != ENOENT)
      context.log.warn("cleanup_failed").add("file", path).add("message", place.describe(error));
  }
}

}  // namespace usher
