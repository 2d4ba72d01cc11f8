#include "init/os/configured_path.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>

namespace usher {
namespace {

constexpr int kMostLinks = 40;  // as the kernel
constexpr int kDirectory = O_PATH | O_DIRECTORY | O_CLOEXEC;

// Who is not of this user namespace has this number here, and nothing in the container runs as it.
bool is_from_outside(uid_t uid) {
  constexpr uid_t kOverflow = 65534;
  if (uid != kOverflow) return false;
  static const bool mapped = [] {
    const std::string map = read_file("/proc/self/uid_map", 4096).text;
    unsigned long inside, outside, count;
    int used = 0;
    for (const char* at = map.c_str();
         std::sscanf(at, "%lu %lu %lu%n", &inside, &outside, &count, &used) == 3; at += used)
      if (inside <= kOverflow && kOverflow - inside < count) return true;
    return map.empty();
  }();
  return !mapped;
}

bool is_trusted(uid_t uid) { return uid == 0 || uid == ::geteuid(); }

bool writable_by_others(const struct stat& directory) {
  return (directory.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

bool is_of_kernel(int directory) {
  struct statfs system;
  return ::fstatfs(directory, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

Fd open_without_links(const char* path) {
  open_how how{};
  how.flags = kDirectory;
  how.resolve = RESOLVE_NO_SYMLINKS;
  return Fd(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how)));
}

bool same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

const char* kind_of(const struct stat& info) {
  return S_ISFIFO(info.st_mode) ? "a FIFO" : S_ISSOCK(info.st_mode) ? "a socket" : "a device";
}

std::string user_of(const struct stat& info) { return "user " + std::to_string(info.st_uid); }

}  // namespace

ConfiguredPath::ConfiguredPath(std::string_view path, Last last) {
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    fail(path.empty() ? ENOENT : EINVAL);
    return;
  }
  if (path.back() == '/') {
    fail(EISDIR);
    return;
  }
  walk(path, last);
}

ConfiguredPath::ConfiguredPath(const ConfiguredPath& other, std::string name)
    : where_(other.where_), name_(std::move(name)), error_(other.error_) {
  if (error_ == 0) directory_ = Fd(::fcntl(other.directory_.get(), F_DUPFD_CLOEXEC, 3));
  if (error_ == 0 && !directory_) fail(errno);
}

bool ConfiguredPath::fail(int error, std::string refusal) {
  error_ = error;
  refusal_ = std::move(refusal);
  errno = error;
  return false;
}

std::string ConfiguredPath::describe(int error) const {
  return refusal_.empty() ? std::strerror(error) : refusal_;
}

// Mostly there is no link on the way, and the kernel can go all of it in one step.
void ConfiguredPath::walk(std::string_view path, Last last) {
  const std::size_t slash = path.rfind('/');
  const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
  std::string pending(path.substr(begin));
  const std::string way = slash == 0 ? "/" : begin == 0 ? "." : std::string(path.substr(0, slash));
  directory_ = open_without_links(way.c_str());
  if (!directory_) {
    const bool a_link = errno == ELOOP;
    const bool not_to_be_had = errno == ENOSYS || errno == EPERM || errno == EINVAL;
    if (!a_link && !not_to_be_had) {
      fail(errno);
      return;
    }
    pending = path;
    directory_ = Fd(::open(path.front() == '/' ? "/" : ".", kDirectory));
  }
  if (!directory_ || ::fstat(directory_.get(), &where_) != 0) {
    fail(errno);
    return;
  }
  while (step(pending, last)) {
  }
}

// Returns whether there is more to go.
bool ConfiguredPath::step(std::string& pending, Last last) {
  pending.erase(0, pending.find_first_not_of('/'));
  const std::string part = pending.substr(0, pending.find('/'));
  pending.erase(0, part.size());
  const bool is_last = pending.find_first_not_of('/') == std::string::npos;
  if (part.empty() || (is_last && (part == "." || part == ".."))) return fail(EISDIR);
  struct stat entry {};
  const bool there = ::fstatat(directory_.get(), part.c_str(), &entry, AT_SYMLINK_NOFOLLOW) == 0;
  const bool link = there && S_ISLNK(entry.st_mode);
  if (link && last == Last::followed && is_last && is_of_kernel(directory_.get()))
    kernels_link_ = true;
  if (is_last && (!link || kernels_link_ || last == Last::itself)) {
    name_ = part;
    return false;
  }
  if (!there) return fail(errno);
  return link && !is_of_kernel(directory_.get()) ? follow(part, pending) : enter(part);
}

bool ConfiguredPath::enter(const std::string& name) {
  const bool by_kernel = is_of_kernel(directory_.get());
  Fd next(::openat(directory_.get(), name.c_str(), kDirectory | (by_kernel ? 0 : O_NOFOLLOW)));
  if (!next || ::fstat(next.get(), &where_) != 0) {
    fail(errno);
    return false;
  }
  directory_ = std::move(next);
  return true;
}

bool ConfiguredPath::follow(const std::string& name, std::string& pending) {
  // Held open, so that what is judged is what is read.
  const Fd link(::openat(directory_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat entry {};
  if (!link || ::fstat(link.get(), &entry) != 0) return fail(errno);
  if (!S_ISLNK(entry.st_mode)) return fail(ELOOP, "\"" + name + "\" on the way has changed meanwhile");
  if (!vouched_for(entry))
    return fail(ELOOP, "\"" + name + "\" is a link that " +
                           user_of(is_trusted(entry.st_uid) ? where_ : entry) +
                           ", or others who may write there, could have made");
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(link.get(), "", target, sizeof target);
  if (length <= 0 || static_cast<std::size_t>(length) == sizeof target)
    return fail(length < 0 ? errno : ENAMETOOLONG);
  if (++links_ > kMostLinks) return fail(ELOOP);
  pending.insert(0, "/").insert(0, std::string_view(target, static_cast<std::size_t>(length)));
  if (target[0] != '/') return true;
  directory_ = Fd(::open("/", kDirectory));
  if (!directory_ || ::fstat(directory_.get(), &where_) != 0) return fail(errno);
  return true;
}

// Whether only those who are trusted can have put it into the directory that is open.
bool ConfiguredPath::vouched_for(const struct stat& entry) const {
  const bool ours = is_trusted(where_.st_uid);
  if ((ours || is_from_outside(where_.st_uid)) && !writable_by_others(where_)) return true;
  if (!is_trusted(entry.st_uid)) return false;
  if (ours && (where_.st_mode & S_ISVTX) != 0) return true;
  struct statvfs mount;
  return ::fstatvfs(directory_.get(), &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

bool ConfiguredPath::look(struct stat& info) const {
  if (error_ != 0) {
    errno = error_;
    return false;
  }
  return ::fstatat(directory_.get(), name_.c_str(), &info,
                   kernels_link_ ? 0 : AT_SYMLINK_NOFOLLOW) == 0;
}

Fd ConfiguredPath::open(int flags, Kinds kinds) {
  struct stat before {};
  if (!look(before)) return Fd();
  // Looked at first: to open a device may mean something to it.
  if (!S_ISREG(before.st_mode) && !kernels_link_ &&
      (kinds == Kinds::regular || S_ISDIR(before.st_mode) || !vouched_for(before))) {
    const bool could_be = kinds == Kinds::any && !S_ISDIR(before.st_mode);
    fail(EINVAL, could_be ? std::string(kind_of(before)) + " that others could have put there"
                          : "not a regular file");
    return Fd();
  }
  const int follow = kernels_link_ ? 0 : O_NOFOLLOW;
  Fd fd(::openat(directory_.get(), name_.c_str(),
                 flags | follow | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  return !fd || may_be_used(fd.get(), kinds) ? std::move(fd) : Fd();
}

// By what is open, not by what had the name before.
bool ConfiguredPath::may_be_used(int fd, Kinds kinds) {
  struct stat open {}, named {};
  if (::fstat(fd, &open) != 0) return fail(errno);
  if (kernels_link_) {
    if (kinds == Kinds::any || S_ISREG(open.st_mode)) return true;
    return fail(EINVAL, "not a regular file");
  }
  if (!S_ISREG(open.st_mode)) {
    if (kinds == Kinds::any && vouched_for(open)) return true;
    return fail(EINVAL, "not a regular file");
  }
  if (vouched_for(open)) return true;
  // As the kernel does where fs.protected_regular is set.
  const bool shared = (where_.st_mode & S_ISVTX) != 0 && writable_by_others(where_);
  if (shared && open.st_uid != where_.st_uid && !is_trusted(open.st_uid))
    return fail(EACCES, "a file of " + user_of(open) + " in a directory that all may write to");
  // Asked of the name, which then is the only one: at that moment the file has no other.
  if (!look(named)) return fail(errno);
  if (same_file(open, named) && named.st_nlink <= 1) return true;
  return fail(EMLINK, "it has a second name (a hard link), in a directory of " + user_of(where_));
}

Fd ConfiguredPath::create(int flags, mode_t mode) const {
  if (error_ != 0) {
    errno = error_;
    return Fd();
  }
  return Fd(::openat(directory_.get(), name_.c_str(),
                     flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode));
}

ConfiguredPath ConfiguredPath::beside(std::string_view suffix) const {
  return {*this, name_ + std::string(suffix)};
}

int ConfiguredPath::take_place_of(const ConfiguredPath& other) const {
  if (error_ != 0 || other.error_ != 0) return error_ != 0 ? error_ : other.error_;
  return ::renameat(directory_.get(), name_.c_str(), other.directory_.get(), other.name_.c_str()) == 0
             ? 0
             : errno;
}

int ConfiguredPath::remove() const {
  if (error_ != 0) return error_;
  return ::unlinkat(directory_.get(), name_.c_str(), 0) == 0 ? 0 : errno;
}

// No system call takes a directory and a socket's name. Nobody else of ours goes by the working
// directory while this thread is here.
template <typename Bind>
int ConfiguredPath::inside(Bind bind) const {
  if (error_ != 0) return error_;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name_.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  std::memcpy(address.sun_path, name_.data(), name_.size());
  const Fd here(::open(".", kDirectory));
  if (!here || ::fchdir(directory_.get()) != 0) return errno;
  const auto length = offsetof(sockaddr_un, sun_path) + name_.size() + 1;
  const int result = bind(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length));
  static_cast<void>(::fchdir(here.get()) == 0);
  return result;
}

int ConfiguredPath::bind_socket(int fd) const {
  return inside([fd](const sockaddr* address, socklen_t length) {
    const mode_t old = ::umask(0111);
    const int error = ::bind(fd, address, length) == 0 ? 0 : errno;
    ::umask(old);
    return error;
  });
}

int ConfiguredPath::connect_socket(int fd) const {
  struct stat info {};
  if (!look(info)) return errno;
  if (S_ISLNK(info.st_mode)) return ELOOP;
  // The very one that was looked at, where /proc lets us name it.
  const Fd socket(::openat(directory_.get(), name_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", socket.get());
  if (socket && ::fstat(socket.get(), &info) == 0 && S_ISSOCK(info.st_mode)) {
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
    if (errno != ENOENT && errno != ENOTDIR) return errno;
  }
  return inside([fd](const sockaddr* name, socklen_t length) {
    return ::connect(fd, name, length) == 0 ? 0 : errno;
  });
}

FileText read_configured_file(const std::string& path, std::size_t most) {
  FileText file;
  ConfiguredPath place(path);
  struct stat info {};
  if (place.look(info) && S_ISCHR(info.st_mode) && info.st_rdev == ::makedev(1, 3)) return file;
  const Fd fd = place.open(O_RDONLY);
  if (!fd) {
    file.absent = errno == ENOENT;
    file.problem = place.describe(errno);
    return file;
  }
  return read_open_file(fd.get(), most);
}

Fd open_for_append(const std::string& path, std::string& why) {
  ConfiguredPath place(path);
  constexpr int kFlags = O_WRONLY | O_APPEND;
  Fd fd = place.open(kFlags, ConfiguredPath::Kinds::any);
  if (!fd && errno == ENOENT && place.error() == 0) fd = place.create(kFlags, 0644);
  if (!fd && errno == EEXIST) fd = place.open(kFlags, ConfiguredPath::Kinds::any);
  if (!fd) why = place.describe(errno);
  return fd;
}

}  // namespace usher
