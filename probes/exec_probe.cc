#include "probes/exec_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "init/base/duration.h"
#include "init/base/signal_name.h"
#include "init/config/decode.h"
#include "init/loop/loop.h"
#include "init/os/fd.h"
#include "init/os/pending_spawn.h"
#include "init/text/output_tail.h"
#include "init/text/words.h"
#include "probes/answer.h"
#include "probes/kind.h"

namespace usher {
namespace {

// What may have passed at the next try; all else is wrong with the command or its settings.
bool may_pass(int error) {
  return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE ||
         error == ETXTBSY;
}

ProbeResult not_started(int error, std::string why) {
  return may_pass(error) ? not_yet(std::move(why)) : misconfigured(std::move(why));
}

// Arguments may hold passwords.
std::string target_text(const ExecProbe& config) { return config.command.front(); }

class CommandRun final : public Probe {
 public:
  CommandRun(const ExecProbe& config, ProbeContext& context)
      : config_(config),
        loop_(context.loop),
        launcher_(context.launcher),
        target_(target_text(config)),
        answer_(context.loop) {}
  ~CommandRun() override { abandon(); }

  void start(Millis timeout, Done done) override;
  const std::string& target() const override { return target_; }

 private:
  std::optional<ProbeResult> launch();
  bool read_some();
  void close_output();
  void abandon();
  void ended(const Ended& child);
  void too_long();
  ProbeResult failed(std::string what) const;

  const ExecProbe& config_;
  Loop& loop_;
  Launcher& launcher_;
  const std::string target_;
  Answer answer_;
  pid_t pid_ = -1;
  Fd output_;
  std::unique_ptr<Poll> poll_;
  OutputTail tail_;
};

void CommandRun::start(Millis timeout, Done done) {
  tail_ = {};
  answer_.expect(timeout, std::move(done), [this] { too_long(); });
  if (auto problem = launch()) {
    close_output();
    answer_.give_later(std::move(*problem));
  }
}

std::optional<ProbeResult> CommandRun::launch() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return not_yet(std::string("cannot make a pipe for its output: ") + std::strerror(errno));
  output_ = Fd(ends[0]);
  const Fd theirs(ends[1]);
  poll_ = std::make_unique<Poll>(loop_, output_.get());
  if (poll_->error() != 0)
    return not_yet(std::string("cannot wait for its output: ") + std::strerror(poll_->error()));
  std::string why;
  const SpawnResult result = launcher_.launch(config_.command, theirs.get(), why,
                                              [this](const Ended& child) { ended(child); });
  if (result.pid < 0) return not_started(result.error, std::move(why));
  pid_ = result.pid;
  poll_->start(UV_READABLE, [this] {
    if (!read_some()) poll_->stop();
  });
  return {};
}

// Whether more may come. Only the end is kept, so a command may print without limit.
bool CommandRun::read_some() {
  char buffer[4096];
  const ssize_t got = ::read(output_.get(), buffer, sizeof buffer);
  if (got > 0) tail_.add({buffer, static_cast<std::size_t>(got)});
  return got > 0 || (got < 0 && errno == EINTR);
}

void CommandRun::close_output() {
  poll_.reset();
  output_.reset();
}

void CommandRun::abandon() {
  if (pid_ > 0) launcher_.abandon(std::exchange(pid_, -1));
  close_output();
}

// Not when the output ends: somebody else may still hold the pipe.
void CommandRun::ended(const Ended& child) {
  constexpr int kMostReads = 16;  // what a pipe holds
  pid_ = -1;
  if (child.never_ran != nullptr) {
    close_output();
    const SpawnResult result = child.never_ran->failure();
    return answer_.give(not_started(result.error, describe(result, child.never_ran->request())));
  }
  for (int i = 0; i < kMostReads && read_some(); ++i) {
  }
  close_output();
  if (child.signal != 0) return answer_.give(failed("was ended by " + signal_name(child.signal)));
  if (child.code != 0) return answer_.give(failed("ended with code " + std::to_string(child.code)));
  answer_.give(passed());
}

void CommandRun::too_long() {
  read_some();
  abandon();
  answer_.give(failed("was still running after " + format_duration(answer_.timeout()) +
                      " and has been killed"));
}

ProbeResult CommandRun::failed(std::string what) const {
  std::string reason = config_.command.front() + ' ' + std::move(what);
  if (const std::string said = tail_.text(); !said.empty()) reason += ": " + said;
  return not_yet(std::move(reason));
}

constexpr Key kKeys[] = {
    {.path = "command",
     .type = KeyType::argv,
     .help = "The program and its arguments, without a shell; it has to end with 0.",
     .read = into<&ExecProbe::command>,
     .needed = true},
};
constexpr std::string_view kSchemes[] = {"exec"};

std::string read_url(std::string_view, std::string_view rest, ExecProbe& probe) {
  probe.command = split_words(rest);
  if (!probe.command.empty() && !probe.command[0].empty()) return {};
  return "expected exec: with a program and its arguments, and all quotes closed";
}

constexpr ProbeKindOf<ExecProbe> kKind({
    .name = "exec",
    .keys = kKeys,
    .schemes = kSchemes,
    .url_form = "exec:'command arguments'",
    .read_url = read_url,
    .target = target_text,
    .make = make_run<CommandRun, ExecProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& exec = kKind;
}
const ProbeKind& probe_kind_of(const ExecProbe&) { return kKind; }

}  // namespace usher
