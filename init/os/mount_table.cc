#include "init/os/mount_table.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>

#include "init/base/file.h"
#include "init/base/text.h"

namespace usher {
namespace {

constexpr std::size_t kMostBytes = std::size_t{4} << 20;
constexpr unsigned kMostLinks = 40;

// All others have a server, here or elsewhere, or are not known: those that are called "fuse",
// those of networks, and automounts, which wait for what they mount.
constexpr std::array<std::string_view, 38> kLocal{
    "aufs",     "bcachefs", "binfmt_misc", "bpf",      "btrfs",    "cgroup",    "cgroup2",
    "configfs", "debugfs",  "devpts",      "devtmpfs", "efivarfs", "erofs",     "exfat",
    "ext2",     "ext3",     "ext4",        "f2fs",     "fusectl",  "hugetlbfs", "iso9660",
    "jfs",      "mqueue",   "nsfs",        "ntfs3",    "overlay",  "proc",      "pstore",
    "ramfs",    "rootfs",   "securityfs",  "shiftfs",  "squashfs", "sysfs",     "tmpfs",
    "tracefs",  "vfat",     "xfs"};

std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

// Blanks and the like are written as \040.
std::string without_escapes(std::string_view text) {
  const auto digit = [&text](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '7' ? text[at] - '0' : -1;
  };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int a = digit(i + 1), b = digit(i + 2), c = digit(i + 3);
    const bool escape = text[i] == '\\' && a >= 0 && b >= 0 && c >= 0;
    plain += escape ? static_cast<char>(a * 64 + b * 8 + c) : text[i];
    if (escape) i += 3;
  }
  return plain;
}

std::deque<std::string> parts_of(std::string_view path) {
  std::deque<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0 && path.substr(0, end) != ".") parts.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

}  // namespace

// 36 35 0:32 / /mnt rw,relatime shared:1 - nfs4 server:/export rw
MountTable::MountTable(std::string_view mountinfo) {
  while (!mountinfo.empty()) {
    const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    std::string_view line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    std::string_view rest = line.substr(dash + 3);
    const std::string_view type = take_word(rest);
    for (int i = 0; i < 4; ++i) take_word(line);
    std::string point = without_escapes(take_word(line));
    if (point == "/" || !point.starts_with('/')) continue;
    const bool local = std::find(kLocal.begin(), kLocal.end(), type) != kLocal.end();
    all_local_ &= local;
    mounts_.push_back({std::move(point), local});
  }
}

MountTable MountTable::own() {
  return MountTable(read_file("/proc/self/mountinfo", kMostBytes).text);
}

bool MountTable::is_local(const std::string& path) const {
  const Mount* found = nullptr;
  for (const Mount& mount : mounts_) {
    const std::size_t size = mount.point.size();
    const bool above =
        path.compare(0, size, mount.point) == 0 && (path.size() == size || path[size] == '/');
    if (above && (found == nullptr || size >= found->point.size())) found = &mount;
  }
  return found == nullptr || found->local;
}

bool MountTable::may_hang(const std::string& path) const {
  if (all_local_) return false;
  std::deque<std::string> open = parts_of(path);
  std::string at;  // without links, and local
  for (unsigned links = 0; !open.empty() && links <= kMostLinks;) {
    const std::string part = std::move(open.front());
    open.pop_front();
    if (part == "..") {
      at.erase(std::min(at.rfind('/'), at.size()));
      continue;
    }
    std::string next = at + '/' + part;
    if (!is_local(next)) return true;
    char target[4096];
    const ssize_t size = ::readlink(next.c_str(), target, sizeof target);
    if (size <= 0) {
      at = std::move(next);
      continue;
    }
    ++links;
    const std::string_view link(target, static_cast<std::size_t>(size));
    if (link.front() == '/') at.clear();
    auto more = parts_of(link);
    open.insert(open.begin(), more.begin(), more.end());
  }
  return false;
}

}  // namespace usher
