#include "init/os/socket_file.h"

#include <sys/socket.h>

#include <cerrno>

#include "init/os/configured_path.h"

namespace usher {
namespace {

bool look(const ConfiguredPath& place, struct stat& info) {
  return place.look(info) && S_ISSOCK(info.st_mode);
}

// Refused: the process that listened has gone and left the name behind.
bool is_stale(const ConfiguredPath& place) {
  struct stat info {};
  if (!look(place, info)) return false;
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe && place.connect_socket(probe.get()) == ECONNREFUSED;
}

}  // namespace

std::string SocketFile::bind(int socket, const std::string& path) {
  const ConfiguredPath place(path, ConfiguredPath::Last::itself);
  if (is_stale(place)) place.remove();
  if (const int error = place.bind_socket(socket); error == EADDRINUSE)
    return "it is in use";
  else if (error != 0)
    return "cannot bind it: " + place.describe(error);
  struct stat info {};
  if (!look(place, info)) return {};
  path_ = path;
  device_ = info.st_dev;
  inode_ = info.st_ino;
  return {};
}

void SocketFile::remove() noexcept {
  struct stat info {};
  if (!there()) return;
  const ConfiguredPath place(path_, ConfiguredPath::Last::itself);
  if (look(place, info) && info.st_dev == device_ && info.st_ino == inode_) place.remove();
  path_.clear();
}

}  // namespace usher
