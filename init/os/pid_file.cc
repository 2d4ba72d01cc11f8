#include "init/os/pid_file.h"

#include <limits>
#include <utility>

#include "init/base/text.h"
#include "init/os/configured_path.h"
#include "init/os/mount_table.h"

namespace usher {
namespace {

constexpr std::size_t kMost = 64 * 1024;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

pid_t pid_in(std::string_view text, bool seen_before) {
  const std::size_t end = text.find('\n');
  if (end == text.npos && !seen_before) return -1;
  const auto number = parse_integer(trim(text.substr(0, end)));
  const bool good = number && *number > 0 && *number <= std::numeric_limits<pid_t>::max();
  return good ? static_cast<pid_t>(*number) : -1;
}

std::string problem_of_heir(pid_t named, const HeirFacts& facts) {
  if (named == facts.main) return {};
  const std::string who = "process " + std::to_string(named);
  if (!facts.stat) return "there is no " + who;
  if (!facts.below || facts.serves_us) return who + " is none of the service's";
  if (facts.stat->start_ticks < facts.main_started) return who + " is older than the service";
  if (facts.main > 0)
    return "it names process " + std::to_string(named) + ", and the one that was started, " +
           std::to_string(facts.main) + ", has not ended yet";
  if (facts.stat->parent != facts.us)
    return who + " is a child of process " + std::to_string(facts.stat->parent) + ", which has not ended yet";
  return {};
}

PidFile::PidFile(std::string path)
    : path_(std::move(path)), may_hang_(MountTable::own().may_hang(path_)), before_(version()) {}

PidFile::Version PidFile::version() const {
  struct stat info {};
  if (may_hang_ || !ConfiguredPath(path_).look(info)) return {};
  return {info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
}

PidFile::Named PidFile::look() {
  if (may_hang_) return {-1, "it is on a file system that can hang"};
  const Version now = version();
  if (now == before_) return {-1, now.size < 0 ? "it has not been written" : "it is of an earlier start"};
  FileText file = read_configured_file(path_, kMost);
  if (!file.problem.empty()) return {-1, file.absent ? "it has not been written" : file.problem};
  const bool seen = file.text == seen_;
  seen_ = std::move(file.text);
  const pid_t pid = pid_in(seen_, seen);
  if (pid > 0) return {pid, {}};
  return {-1, "no number of a process stands in it"};
}

}  // namespace usher
