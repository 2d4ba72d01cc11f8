#include "init/os/spawn.h"

#include <cerrno>
#include <cstring>

#include "init/os/exec_hint.h"

namespace usher {
std::vector<std::string> candidates(std::string_view program,
                                    const std::vector<std::string>& environment) {
  if (program.empty() || program.find('/') != std::string_view::npos)
    return {std::string(program)};
  constexpr std::string_view kKey = "PATH=";
  std::string_view path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& entry : environment)
    if (entry.starts_with(kKey)) path = std::string_view(entry).substr(kKey.size());
  std::vector<std::string> found;
  while (true) {
    const auto colon = path.find(':');
    std::string directory(path.substr(0, colon));
    if (directory.empty()) directory = ".";
    found.push_back(directory + '/' + std::string(program));
    if (colon == std::string_view::npos) return found;
    path.remove_prefix(colon + 1);
  }
}

std::string describe(const SpawnResult& result, const SpawnRequest& request) {
  const std::string word = request.argv.empty() ? "" : request.argv[0];
  const std::string why = std::string(": ") + std::strerror(result.error);
  switch (result.stage) {
    case SpawnStage::fork: return "cannot start a process" + why;
    case SpawnStage::group: return "cannot make a process group" + why;
    case SpawnStage::terminal: return "cannot hand over the terminal" + why;
    case SpawnStage::descriptors: return "cannot set up its descriptors" + why;
    case SpawnStage::limits: return "cannot set service.limits" + why;
    case SpawnStage::bounds:
    case SpawnStage::capabilities:
      return "cannot set service.capabilities" + why +
             (result.error == EPERM ? " (it can keep those only that usher has, and needs SETPCAP or no_new_privs "
                                      "to give up the others)"
                                    : "");
    case SpawnStage::groups: return "cannot change to the groups of service.user" + why;
    case SpawnStage::user: return "cannot change to service.user" + why;
    case SpawnStage::first_directory:
      return "cannot go back to the directory \"" + request.first_directory + '"' + why;
    case SpawnStage::workdir: return "cannot change to service.workdir \"" + request.workdir + '"' + why;
    case SpawnStage::no_new_privs: return "cannot set no_new_privs" + why;
    case SpawnStage::exec: break;
  }
  const bool absent = result.error == ENOENT && !file_exists(result.path);
  const std::string hint =
      absent ? absence_hint(word) : exec_hint(result.path, result.error);
  return "cannot execute \"" + word + '"' + why + (hint.empty() ? "" : " (" + hint + ")");
}

}  // namespace usher
