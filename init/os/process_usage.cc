#include "init/os/process_usage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "init/base/text.h"
#include "init/os/directory.h"
#include "init/os/fd.h"
#include "init/os/process_children.h"
#include "init/os/signals.h"

namespace usher {
namespace {

constexpr int kFile = WorkLimit::kFile, kEntry = WorkLimit::kEntry;
constexpr int kMostWork = 3 * 1'000 * kFile;

class Look {
 public:
  Look(pid_t main, GivesWay way) : main_(main), way_(way) {}
  ProcessUsage take(const std::vector<pid_t>& roots);

 private:
  bool may(int work) { return limit_.may(work); }
  Directory open_directory(const std::string& path) {
    return Directory(may(kFile) ? ::opendir(path.c_str()) : nullptr);
  }
  std::string read(const std::string& path);
  void add(const ProcessStat& stat);
  void add_descriptors(pid_t pid, const std::string& process);
  std::optional<std::uint64_t> count_descriptors(const std::string& directory);

  const pid_t main_;
  const GivesWay way_;
  WorkLimit limit_{kMostWork};
  ProcessUsage usage_;
  std::uint64_t pages_ = 0, ticks_ = 0;
};

ProcessUsage Look::take(const std::vector<pid_t>& roots) {
  walk_down(roots, limit_, [this](const ProcessStat& stat) { add(stat); });
  usage_.complete = !limit_.reached();
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  static const auto second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  usage_.memory_bytes = pages_ * page;
  usage_.cpu = std::chrono::microseconds(ticks_ * (1'000'000 / second));
  return usage_;
}

std::string Look::read(const std::string& path) {
  std::string text;
  if (!may(kFile)) return text;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char block[4096];
  for (ssize_t got; fd && may(kEntry) && (got = ::read(fd.get(), block, sizeof block)) > 0;)
    text.append(block, static_cast<std::size_t>(got));
  return text;
}

void Look::add(const ProcessStat& stat) {
  if (way_ == GivesWay::to_signals && signal_waits()) {
    usage_.given_up = true;
    return limit_.give_up();
  }
  ticks_ += stat.cpu_ticks + stat.waited_ticks;  // also of one that nobody has waited for yet
  if (stat.state == 'Z') return;
  ++usage_.processes;
  usage_.threads += stat.threads;
  pages_ += stat.resident_pages;
  add_descriptors(stat.pid, "/proc/" + std::to_string(stat.pid));
}

void Look::add_descriptors(pid_t pid, const std::string& process) {
  const auto count = count_descriptors(process + "/fd");
  if (count) usage_.descriptors = usage_.descriptors.value_or(0) + *count;
  if (pid != main_) return;
  usage_.main_descriptors = count;
  usage_.main_descriptors_limit = parse_descriptor_limit(read(process + "/limits"));
}

// Linux 6.2 and later give their number as the size of the directory, earlier ones give 0.
std::optional<std::uint64_t> Look::count_descriptors(const std::string& path) {
  struct stat info;
  if (!may(kFile) || ::stat(path.c_str(), &info) != 0) return std::nullopt;
  if (info.st_size > 0) return static_cast<std::uint64_t>(info.st_size);
  const Directory directory = open_directory(path);
  if (!directory) return std::nullopt;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.') {
      if (!may(2 * kEntry)) return std::nullopt;
      ++count;
    }
  return count;
}

}  // namespace

ProcessUsage measure_processes(pid_t main, const std::vector<pid_t>& roots, GivesWay way) {
  return Look(main, way).take(roots);
}

// Max open files            1024                 524288               files
std::optional<std::uint64_t> parse_descriptor_limit(std::string_view text) {
  constexpr std::string_view kKey = "Max open files";
  const std::size_t at = text.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kKey.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto limit = parse_integer(text.substr(0, text.find(' ')));
  return limit && *limit >= 0 ? std::optional(static_cast<std::uint64_t>(*limit)) : std::nullopt;
}

}  // namespace usher
