#include "init/os/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "init/config/environment_file.h"
#include "init/os/fd.h"

namespace usher {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;

// Returns what is wrong, or nothing.
std::string read_whole(const std::string& path, AbsentFiles absent, std::string& text) {
  // Not a FIFO that nobody writes to, nor a device: that could hold us up for ever.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT && absent == AbsentFiles::passed_over) return {};
  if (!fd) return std::strerror(errno);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return "not a regular file";
  char buffer[4096];
  ssize_t got;
  while ((got = ::read(fd.get(), buffer, sizeof buffer)) > 0) {
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kLargestFile) return "larger than 1 MiB";
  }
  return got < 0 ? std::strerror(errno) : "";
}

}  // namespace

EnvironmentBlock::EnvironmentBlock(const char* const* inherited) {
  std::size_t count = 0;
  while (inherited[count] != nullptr) ++count;
  entries_.reserve(count + 8);
  entries_.assign(inherited, inherited + count);
}

void EnvironmentBlock::set(std::string_view name, std::string_view value) {
  set_variable(entries_, name, value);
}

void set_variable(std::vector<std::string>& entries, std::string_view name, std::string_view value) {
  std::string entry(name);
  entry += '=';
  const std::size_t prefix = entry.size();
  entry += value;
  for (std::string& old : entries)
    if (old.compare(0, prefix, entry, 0, prefix) == 0) {
      old = std::move(entry);
      return;
    }
  entries.push_back(std::move(entry));
}

EnvironmentResult service_environment(const ServiceConfig& config, const Identity* identity,
                                      const char* const* inherited, AbsentFiles absent) {
  EnvironmentBlock environment(inherited);
  if (identity != nullptr && !identity->name.empty()) {
    environment.set("HOME", identity->home);
    environment.set("USER", identity->name);
    environment.set("LOGNAME", identity->name);
  }
  for (const std::string& path : config.environment_files) {
    std::string text;
    if (const std::string why = read_whole(path, absent, text); !why.empty())
      return {{}, "cannot read environment file \"" + path + "\": " + why};
    const EnvironmentFile file = parse_environment_file(text);
    if (!file.problems.empty())
      return {{}, path + ':' + std::to_string(file.problems[0].line) + ": " + file.problems[0].why};
    for (const auto& [name, value] : file.variables) environment.set(name, value);
  }
  for (const auto& [name, value] : config.environment) environment.set(name, value);
  return {environment.entries(), ""};
}

}  // namespace usher
