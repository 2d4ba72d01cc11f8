// The only place that opens, makes, renames, removes or binds what the configuration names by path.
//
// usher may be root, and the directories that it is sent to may belong to the service. So a path is
// walked once, to a directory that is then held open, and all that follows is done to a name in it.
// A symbolic link on the way, or at the end, is followed where nobody but root and our own user can
// have put it there: /var/run leads to /run, and a kubelet's links lead to the secret. One that a less
// trusted user could have made is refused, whoever owns what it leads to.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <string_view>

#include "init/base/file.h"
#include "init/os/fd.h"

namespace usher {

class ConfiguredPath {
 public:
  // Whether a link that has the name itself is followed, or is what is meant.
  enum class Last : unsigned char { followed, itself };

  // Walks to the directory. A relative path begins in ours.
  explicit ConfiguredPath(std::string_view path, Last last = Last::followed);

  // What may be opened: regular files only, or a pipe, a device or a terminal as well, if nobody
  // less trusted can have put it there.
  enum class Kinds : unsigned char { regular, any };

  // 0, or why there is no such directory, or no use of it. The calls below fail with it.
  int error() const noexcept { return error_; }
  // What went wrong with `error`, one that any of these calls has left in errno: in words.
  std::string describe(int error) const;

  // The thing itself: a link that is still there is none that may be followed. False: errno.
  bool look(struct stat& info) const;
  // Opens what is there, without waiting for anybody and without creating anything. A file that has
  // a second name is refused where others can make names. No descriptor: errno.
  Fd open(int flags, Kinds kinds = Kinds::regular);
  // Makes a file that was not there. No descriptor: errno.
  Fd create(int flags, mode_t mode) const;
  // A name beside it, for a file that is to take its place.
  ConfiguredPath beside(std::string_view suffix) const;
  // These return 0 or errno.
  [[nodiscard]] int take_place_of(const ConfiguredPath& other) const;  // rename
  int remove() const;
  // Binds a socket to the name; anybody may connect to it. It is made with that mode.
  int bind_socket(int fd) const;
  // Connects a socket to the one that is there.
  int connect_socket(int fd) const;

 private:
  ConfiguredPath() = default;
  ConfiguredPath(const ConfiguredPath& other, std::string name);
  void walk(std::string_view path, Last last);
  bool step(std::string& pending, Last last);
  bool enter(const std::string& name);
  bool follow(const std::string& name, std::string& pending);
  bool may_be_used(int fd, Kinds kinds);
  bool vouched_for(const struct stat& entry) const;
  // Returns false; errno is that, too.
  bool fail(int error, std::string refusal = {});
  template <typename Bind>
  int inside(Bind bind) const;

  Fd directory_;
  struct stat where_ {};  // of the directory
  std::string name_;
  bool kernels_link_ = false;  // in /proc: what it says is the kernel's word
  int links_ = 0;
  int error_ = 0;
  std::string refusal_;  // what is wrong beyond an errno
};

// A whole regular file of at most `most` bytes, read with usher's rights.
FileText read_configured_file(const std::string& path, std::size_t most);

// For appending, made where it is not there. Returns no descriptor and says why.
Fd open_for_append(const std::string& path, std::string& why);

}  // namespace usher
