#include "init/os/identity.h"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "init/base/file.h"

namespace usher {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File open_file(const char* path) {
  std::string why;
  const int fd = open_regular_file(path, why);
  return File(fd < 0 ? nullptr : ::fdopen(fd, "r"));
}

std::optional<unsigned> as_number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // 2^32 - 1 is what setresuid takes for "leave as it is".
  if (error != std::errc{} || end != text.data() + text.size() || value == ~0u) return std::nullopt;
  return value;
}

bool find_user(std::string_view wanted, const char* passwd, Identity& identity) {
  const auto number = as_number(wanted);
  if (const File file = open_file(passwd)) {
    while (const struct passwd* entry = ::fgetpwent(file.get())) {
      if (number ? entry->pw_uid != *number : wanted != entry->pw_name) continue;
      identity.uid = entry->pw_uid;
      identity.gid = entry->pw_gid;
      identity.name = entry->pw_name;
      identity.home = entry->pw_dir;
      return true;
    }
  }
  if (!number) return false;
  identity.uid = *number;
  identity.gid = 0;
  return true;
}

bool find_group(std::string_view wanted, const char* group, gid_t& gid) {
  const auto number = as_number(wanted);
  if (number) {
    gid = *number;
    return true;
  }
  const File file = open_file(group);
  while (file) {
    const struct group* entry = ::fgetgrent(file.get());
    if (entry == nullptr) return false;
    if (wanted != entry->gr_name) continue;
    gid = entry->gr_gid;
    return true;
  }
  return false;
}

void add_supplementary(const char* group, Identity& identity) {
  identity.groups = {identity.gid};
  const File file = open_file(group);
  if (!file || identity.name.empty()) return;
  while (const struct group* entry = ::fgetgrent(file.get())) {
    if (entry->gr_gid == identity.gid) continue;
    for (char** member = entry->gr_mem; *member != nullptr; ++member)
      if (identity.name == *member) {
        identity.groups.push_back(entry->gr_gid);
        break;
      }
  }
}

}  // namespace

IdentityResult find_identity(std::string_view user, const char* passwd, const char* group) {
  IdentityResult result;
  const auto colon = user.find(':');
  const std::string_view user_part = user.substr(0, colon);
  if (user_part.empty() || !find_user(user_part, passwd, result.identity)) {
    result.problem = "no user \"" + std::string(user_part) + "\" in " + passwd;
    return result;
  }
  if (colon == std::string_view::npos) {
    add_supplementary(group, result.identity);
    return result;
  }
  // A group that was asked for is the only one: what Docker does with USER name:group.
  const std::string_view group_part = user.substr(colon + 1);
  if (group_part.empty() || !find_group(group_part, group, result.identity.gid))
    result.problem = "no group \"" + std::string(group_part) + "\" in " + group;
  result.identity.groups = {result.identity.gid};
  return result;
}

}  // namespace usher
