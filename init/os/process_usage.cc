#include "init/os/process_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <string>
#include <unordered_set>

#include "init/base/text.h"
#include "init/os/fd.h"
#include "init/os/process_tree.h"

namespace usher {
namespace {

// A file that is opened costs the kernel about as much as sixteen entries of a directory.
constexpr int kFile = 16, kEntry = 1;
constexpr int kMostWork = 3 * 1'000 * kFile;

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

class Look {
 public:
  explicit Look(pid_t main) : main_(main) {}
  ProcessUsage take(const std::vector<pid_t>& roots);

 private:
  // False once there has been enough of it.
  bool may(int work) {
    if (left_ < work) usage_.complete = false;
    left_ -= work;
    return usage_.complete;
  }
  Directory open_directory(const std::string& path) {
    return Directory(may(kFile) ? ::opendir(path.c_str()) : nullptr);
  }
  std::string read(const std::string& path);
  void add(pid_t pid);
  void add_children(const std::string& process, std::uint64_t threads);
  void add_children_of_thread(const std::string& thread);
  void add_descriptors(pid_t pid, const std::string& process);
  std::optional<std::uint64_t> count_descriptors(const std::string& directory);

  const pid_t main_;
  int left_ = kMostWork;
  ProcessUsage usage_;
  std::uint64_t pages_ = 0, ticks_ = 0;
  std::vector<pid_t> open_;
  std::unordered_set<pid_t> seen_;  // a look takes time: a number may be given out anew meanwhile
};

ProcessUsage Look::take(const std::vector<pid_t>& roots) {
  open_ = roots;
  for (std::size_t i = 0; i < open_.size() && usage_.complete; ++i)
    if (seen_.insert(open_[i]).second) add(open_[i]);
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

void Look::add(pid_t pid) {
  if (!may(kFile)) return;
  const auto stat = read_stat(pid);
  if (!stat || stat->state == 'X') return;
  ticks_ += stat->cpu_ticks + stat->waited_ticks;  // also of one that nobody has waited for yet
  if (stat->state == 'Z') return;
  ++usage_.processes;
  usage_.threads += stat->threads;
  pages_ += stat->resident_pages;
  const std::string process = "/proc/" + std::to_string(pid);
  add_children(process, stat->threads);
  add_descriptors(pid, process);
}

// Children belong to the thread that they are from.
void Look::add_children(const std::string& process, std::uint64_t threads) {
  const std::string tasks = process + "/task";
  if (threads <= 1) return add_children_of_thread(tasks + process.substr(process.rfind('/')));
  const Directory directory = open_directory(tasks);
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.' && may(kEntry)) add_children_of_thread(tasks + '/' + entry->d_name);
}

void Look::add_children_of_thread(const std::string& thread) {
  const std::string text = read(thread + "/children");
  const char* at = text.data();
  const char* const end = at + text.size();
  for (pid_t pid = 0; at < end;) {
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error == std::errc{}) open_.push_back(pid);
    at = next + 1;  // the blank behind it
  }
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

ProcessUsage measure_processes(pid_t main, const std::vector<pid_t>& roots) {
  return Look(main).take(roots);
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
