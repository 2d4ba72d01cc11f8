#include "init/cli/program_path.h"

#include <unistd.h>

#include <algorithm>

namespace usher {
namespace {

bool is_there(const std::string& file, const std::string& workdir) {
  const bool relative = !workdir.empty() && !file.starts_with('/');
  return ::access((relative ? workdir + '/' + file : file).c_str(), X_OK) == 0;
}

}  // namespace

bool is_program(const std::string& program, std::string_view path, const std::string& workdir) {
  if (program.find('/') != std::string::npos) return is_there(program, workdir);
  while (true) {
    const std::size_t colon = std::min(path.find(':'), path.size());
    const std::string folder(path.substr(0, colon));
    if (is_there((folder.empty() ? "." : folder) + '/' + program, workdir)) return true;
    if (colon == path.size()) return false;
    path.remove_prefix(colon + 1);
  }
}

}  // namespace usher
