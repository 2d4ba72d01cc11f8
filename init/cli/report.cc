#include "init/cli/report.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "init/base/text.h"
#include "init/cli/message.h"
#include "init/cli/reach.h"
#include "init/cli/report_chart.h"
#include "init/observe/report_file.h"
#include "init/os/fd.h"
#include "init/os/terminal.h"
#include "init/timeline/page.h"
#include "init/timeline/timeline.h"

namespace usher {
namespace {

constexpr std::size_t kMostBytes = 8 << 20;

struct ReportOptions {
  std::vector<std::string> files;
  bool html = false;
  std::string output;  // empty: stdout
  std::string problem;
};

void take_option(ReportOptions& options, int argc, char** argv, int& i) {
  const std::string_view word = argv[i];
  if (word == "--html") {
    options.html = true;
  } else if (word.starts_with("--html=") && word.size() > 7) {
    options.html = true;
    options.output = word.substr(7);
  } else if (word == "-o" && i + 1 < argc) {
    options.html = true;
    options.output = argv[++i];
  } else if (word == "-o" || word == "--html=") {
    options.problem = "report: " + std::string(word) + " needs a file";
  } else {
    options.problem = "report: unknown option " + std::string(word);
  }
}

ReportOptions parse(int argc, char** argv) {
  ReportOptions options;
  bool names_only = false;
  for (int i = 0; i < argc && options.problem.empty(); ++i) {
    const std::string_view word = argv[i];
    if (!names_only && word == "--")
      names_only = true;
    else if (!names_only && word.size() > 1 && word[0] == '-')
      take_option(options, argc, argv, i);
    else
      options.files.emplace_back(word);
  }
  if (options.problem.empty() && options.files.empty())
    options.problem = "report: name the files with the reports, or - for stdin";
  return options;
}

// Returns what went wrong, or nothing.
std::string read_file(const std::string& name, std::string& content) {
  const Fd opened(name == "-" ? -1 : ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (name != "-" && !opened) return "cannot be read: " + std::string(std::strerror(errno));
  const int fd = name == "-" ? STDIN_FILENO : opened.get();
  char buffer[1 << 14];
  while (content.size() <= kMostBytes) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return "cannot be read: " + std::string(std::strerror(errno));
    if (got == 0) return {};
    content.append(buffer, static_cast<std::size_t>(got));
  }
  return "is larger than " + std::to_string(kMostBytes >> 20) + " MiB";
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
      const std::string locale = to_lower(value);
      return locale.find("utf-8") != locale.npos || locale.find("utf8") != locale.npos;
    }
  return false;
}

ChartStyle chart_style() {
  ChartStyle style;
  style.utf8 = locale_is_utf8();
  if (::isatty(STDOUT_FILENO) == 0) return style;
  style.colour = takes_colours(STDOUT_FILENO);
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  return style;
}

bool read_all(const std::vector<std::string>& files, std::vector<LifeRecord>& lives) {
  bool good = true;
  for (const std::string& file : files) {
    std::string content;
    std::string problem = read_file(file, content);
    if (problem.empty()) {
      LifeRecords found = read_life_records(content);
      problem = std::move(found.problem);
      std::move(found.lives.begin(), found.lives.end(), std::back_inserter(lives));
    }
    if (problem.empty()) continue;
    good = false;
    complain((file == "-" ? "stdin" : file) + ' ' + problem);
  }
  return good;
}

}  // namespace

int report_command(int argc, char** argv, const InheritedSignals& inherited) {
  give_back_signals(inherited);  // whoever waits for it may have enough of that
  const ReportOptions options = parse(argc, argv);
  if (!options.problem.empty()) return usage_error(options.problem);
  std::vector<LifeRecord> lives;
  const bool good = read_all(options.files, lives);
  if (lives.empty()) return 1;
  const Timeline timeline = lay_out(std::move(lives));
  if (!options.html) {
    print(report_chart(timeline, chart_style()));
  } else if (options.output.empty()) {
    print(report_page(timeline));
  } else if (const std::string why = write_whole(options.output, report_page(timeline));
             !why.empty()) {
    complain("cannot write " + options.output + ": " + why);
    return 1;
  }
  return good ? 0 : 1;
}

}  // namespace usher
