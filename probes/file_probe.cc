#include "probes/file_probe.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "init/base/duration.h"
#include "init/base/text.h"
#include "init/config/probe_rows.h"
#include "init/os/configured_path.h"
#include "init/os/fd.h"
#include "init/os/mount_table.h"
#include "init/text/line_scanner.h"
#include "init/text/strip_ansi.h"
#include "init/text/words.h"
#include "probes/answer.h"
#include "probes/distant_look.h"
#include "probes/file_watch.h"
#include "probes/kind.h"
#include "probes/line_matcher.h"

namespace usher {
namespace {

constexpr std::size_t kMost = 1 << 20;

class FileLook final : public Probe {
 public:
  FileLook(const FileProbe& config, ProbeContext& context)
      : config_(config),
        loop_(context.loop),
        target_(config.path),
        answer_(context.loop),
        distant_(context) {
    if (!config.pattern.empty()) matcher_.emplace(LineProbe{.pattern = config.pattern, .ignore_case = config.ignore_case});
  }

  void start(Millis timeout, Done done) override;
  void watch(std::function<void()> changed) override {
    if (MountTable::own().may_hang(config_.path)) return;
    watch_ = std::make_unique<FileWatch>(loop_, config_.path, std::move(changed));
  }
  const std::string& target() const override { return target_; }

 private:
  ProbeResult look();
  ProbeResult search(int fd);
  ProbeResult failed(int error) const;

  const FileProbe& config_;
  Loop& loop_;
  const std::string target_;
  std::optional<LineMatcher> matcher_;
  Answer answer_;
  DistantLook distant_;
  std::unique_ptr<FileWatch> watch_;
};

void FileLook::start(Millis timeout, Done done) {
  answer_.expect(timeout, std::move(done), [this] {
    distant_.give_up();
    answer_.give(not_yet("no answer about " + target_ + " from its file system within " +
                         format_duration(answer_.timeout())));
  });
  if (!MountTable::own().may_hang(config_.path)) return answer_.give_later(look());
  const auto problem = distant_.start([this] { return look(); },
                                      [this](ProbeResult result) { answer_.give(std::move(result)); });
  if (problem) answer_.give_later(not_yet(target_ + ": " + *problem));
}

ProbeResult FileLook::look() {
  struct stat info {};
  if (::stat(config_.path.c_str(), &info) != 0) return failed(errno);
  if (!matcher_) return passed();
  // To open a FIFO or a device could hold us up, or mean something to it.
  if (!S_ISREG(info.st_mode)) return misconfigured(target() + " is not a regular file");
  ConfiguredPath place(config_.path);
  if (const Fd fd = place.open(O_RDONLY)) return search(fd.get());
  if (place.error() == 0) return failed(errno);
  return not_yet("cannot read " + target() + ": " + place.describe(place.error()));
}

ProbeResult FileLook::search(int fd) {
  std::optional<std::string> found;
  const std::string& literal = matcher_->literal();
  const auto match = [&](std::string_view line) {
    if (found || (line.find(literal) == std::string_view::npos && !has_ansi(line))) return;
    found = matcher_->match(line);
  };
  LineScanner scanner;
  char buffer[16 * 1024];
  std::size_t size = 0;
  while (!found && size < kMost) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    scanner.feed({buffer, static_cast<std::size_t>(got)}, match);
  }
  if (!found && size < kMost) scanner.finish(match);
  if (found) return passed(std::move(*found));
  const std::string where = size < kMost ? "no line of " : "no line in the first mebibyte of ";
  const std::string cut = scanner.has_cut() ? "; " + std::string(kCutLine) : "";
  return not_yet(where + target() + " matches " + in_quotes(config_.pattern) + cut);
}

ProbeResult FileLook::failed(int error) const {
  if (error == ENOENT || error == ENOTDIR) return not_yet(target() + " does not exist");
  std::string why = "cannot read " + target() + ": " + std::strerror(error);
  const bool hopeless = error == ENAMETOOLONG || error == ELOOP;
  return hopeless ? misconfigured(std::move(why)) : not_yet(std::move(why));
}

constexpr Key kKeys[] = {
    rows::typed(rows::kPath<&FileProbe::path>, KeyType::path),
    rows::kPattern<&FileProbe::pattern>,
    rows::kIgnoreCase<&FileProbe::ignore_case>,
};
constexpr std::string_view kSchemes[] = {"file"};

std::string read_url(std::string_view, std::string_view rest, FileProbe& probe) {
  probe.path = path_of(rest);
  return probe.path.starts_with('/') ? "" : "expected file:/path";
}

constexpr ProbeKindOf<FileProbe> kKind({
    .name = "file",
    .keys = kKeys,
    .schemes = kSchemes,
    .url_form = "file:/path",
    .problem =
        [](const FileProbe& probe, const Value& written, bool whole) {
          return rows::pattern_problem(written, whole, probe.ignore_case);
        },
    .read_url = read_url,
    .target = [](const FileProbe& probe) { return probe.path; },
    .make = make_run<FileLook, FileProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& file = kKind;
}
const ProbeKind& probe_kind_of(const FileProbe&) { return kKind; }

}  // namespace usher
