#include "init/app/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "init/app/line_watch.h"
#include "init/app/terminal_relay.h"
#include "init/text/line_scanner.h"

namespace usher {

Millis silence_of(std::chrono::microseconds now, std::chrono::microseconds ready,
                  std::optional<std::chrono::microseconds> heard, std::uint64_t on_its_way) {
  const auto since = std::min(now, std::max(ready, heard.value_or(ready)));
  return on_its_way > 0 ? Millis{0} : std::chrono::duration_cast<Millis>(now - since);
}

Findings::Findings(const std::vector<LineProbe>& probes) : values_(probes.size()), heard_(probes.size()) {
  for (const LineProbe& probe : probes) lines_left_.push_back(probe.count);
}

bool Findings::saw(std::string_view line) {
  constexpr std::size_t kMost = 200;
  {
    const std::lock_guard lock(mutex_);
    last_line_ = line.substr(0, kMost);
  }
  return line_wanted_ && line_wanted_.exchange(false);
}

std::string Findings::last_line() const {
  const std::lock_guard lock(mutex_);
  return last_line_;
}

bool Findings::found(std::size_t probe, std::string value) {
  const std::lock_guard lock(mutex_);
  if (lines_left_[probe] > 0 && --lines_left_[probe] == 0) values_[probe] = std::move(value);
  return lines_left_[probe] == 0;
}

void Findings::heard(std::size_t probe, std::chrono::microseconds now) {
  const std::lock_guard lock(mutex_);
  heard_[probe] = now;
}

std::optional<std::chrono::microseconds> Findings::heard_at(std::size_t probe) const {
  const std::lock_guard lock(mutex_);
  return heard_[probe];
}

void Findings::found_result() {
  const std::lock_guard lock(mutex_);
  result_ = true;
}

void Findings::passed_over(UndialableMultiaddr address) {
  const std::lock_guard lock(mutex_);
  passed_over_ = std::move(address);
}

std::string Findings::why_passed_over() const {
  const std::lock_guard lock(mutex_);
  if (!passed_over_.text.empty()) return explain(passed_over_);
  return cut_line_ ? std::string(kCutLine) : "";
}

void Findings::cut_line() {
  const std::lock_guard lock(mutex_);
  cut_line_ = true;
}

std::optional<std::string> Findings::found_by(std::size_t probe) const {
  const std::lock_guard lock(mutex_);
  return values_[probe];
}

bool Findings::result() const {
  const std::lock_guard lock(mutex_);
  return result_;
}

namespace {

bool reads(const Config& config, bool LineProbe::*stream) {
  const auto lines = line_probes(config);
  return std::any_of(lines.begin(), lines.end(), [&](const LineProbe& line) { return line.*stream; });
}

bool reads_stdout(const Config& config) {
  return reads(config, &LineProbe::on_stdout) || !config.exit.result.empty();
}

void let_open(int fd, const Identity* owner) {
  if (owner != nullptr) static_cast<void>(::fchown(fd, owner->uid, owner->gid) == 0);
}

}  // namespace

bool Output::has_to_read(const Config& config) {
  return reads_stdout(config) || reads(config, &LineProbe::on_stderr);
}

Output::Output(Loop& loop, const Config& config, WakeUp& wake)
    : loop_(loop),
      config_(config),
      wake_(wake),
      lines_(line_probes(config)),
      findings_(std::make_shared<Findings>(lines_)) {}

Output::~Output() = default;

std::optional<std::size_t> Output::index_of(const LineProbe& probe) const {
  const auto at = std::find(lines_.begin(), lines_.end(), probe);
  if (at == lines_.end()) return {};
  return static_cast<std::size_t>(at - lines_.begin());
}

std::optional<std::string> Output::found(const LineProbe& probe) const {
  const auto index = index_of(probe);
  return index ? findings_->found_by(*index) : std::nullopt;
}

std::optional<std::chrono::microseconds> Output::heard_at(const LineProbe& probe) const {
  const auto index = index_of(probe);
  return index ? findings_->heard_at(*index) : std::nullopt;
}

bool Output::lines_say_ready() const {
  const auto& probes = config_.readiness.probes;
  return std::all_of(probes.begin(), probes.end(), [this](const ProbeConfig& probe) {
    const auto* const line = probe.as<LineProbe>();
    return line == nullptr || found(*line);
  });
}

std::string Output::ready_value() const {
  for (const ProbeConfig& probe : config_.readiness.probes)
    if (const auto* const line = probe.as<LineProbe>())
      if (auto value = found(*line)) return std::move(*value);
  return {};
}

std::unique_ptr<Tap::Scanner> Output::scanner(bool out, bool err) {
  auto watch = std::make_unique<LineWatch>(findings_, wake_);
  for (std::size_t i = 0; i < lines_.size(); ++i)
    if ((out && lines_[i].on_stdout) || (err && lines_[i].on_stderr)) watch->add(i, lines_[i]);
  if (out && !config_.exit.result.empty()) watch->add_result(config_.exit.result);
  return watch;
}

int Output::open(SpawnRequest& request, const Identity* owner) {
  const bool out = reads_stdout(config_);
  const bool err = reads(config_, &LineProbe::on_stderr);
  const bool terminal = (out && ::isatty(STDOUT_FILENO)) || (err && ::isatty(STDERR_FILENO));
  return terminal ? open_terminal(request, owner, out, err) : open_pipes(request, owner, out, err);
}

int Output::open_pipes(SpawnRequest& request, const Identity* owner, bool out, bool err) {
  int error = 0;
  if (out) error = open_pipe_for(STDOUT_FILENO, request.output, owner);
  if (err && error == 0) error = open_pipe_for(STDERR_FILENO, request.error, owner);
  return error;
}

int Output::open_pipe_for(int target, int& request_fd, const Identity* owner) {
  Pipe pipe = open_pipe();
  if (pipe.error != 0) return pipe.error;
  let_open(pipe.write.get(), owner);
  const bool out = target == STDOUT_FILENO;
  auto [tap, error] = Tap::start(loop_, std::move(pipe.read), target, scanner(out, !out), wake_);
  if (error != 0) return error;
  taps_.push_back(std::move(tap));
  request_fd = pipe.write.get();
  service_ends_.push_back(std::move(pipe.write));
  return 0;
}

// One terminal for all that were terminals; what comes out of it goes to ours. A stream that is
// read and is no terminal has its pipe.
int Output::open_terminal(SpawnRequest& request, const Identity* owner, bool out, bool err) {
  const bool out_terminal = ::isatty(STDOUT_FILENO) == 1;
  const bool err_terminal = ::isatty(STDERR_FILENO) == 1;
  const bool in_terminal = ::isatty(STDIN_FILENO) == 1;
  const int like = out_terminal ? STDOUT_FILENO : STDERR_FILENO;
  Pty pty = open_pty(like);
  // Without a devpts, as in a small virtual machine, the service prints to pipes and runs all the same.
  if (pty.error != 0) return open_pipes(request, owner, out, err);
  let_open(pty.slave.get(), owner);
  int error = 0;
  if (out && !out_terminal) error = open_pipe_for(STDOUT_FILENO, request.output, owner);
  if (err && !err_terminal && error == 0)
    error = open_pipe_for(STDERR_FILENO, request.error, owner);
  if (error != 0) return error;
  const int slave = pty.slave.get();
  if (in_terminal) request.input = slave;
  if (out_terminal) request.output = slave;
  if (err_terminal) request.error = slave;
  request.controlling_terminal = slave;
  request.foreground_of = -1;
  if (in_terminal) relay_ = TerminalRelay::start(loop_, STDIN_FILENO, pty.master.get());
  auto [tap, failed] = Tap::start(loop_, std::move(pty.master), like,
                                  scanner(out && out_terminal, err && err_terminal), wake_);
  if (failed != 0) return failed;
  taps_.push_back(std::move(tap));
  service_ends_.push_back(std::move(pty.slave));
  return 0;
}

void Output::handed_over() { service_ends_.clear(); }

bool Output::ended() const {
  return std::all_of(taps_.begin(), taps_.end(), [](const auto& tap) { return tap->ended(); });
}

bool Output::idle() const {
  return std::all_of(taps_.begin(), taps_.end(), [](const auto& tap) { return tap->idle(); });
}

std::uint64_t Output::moved() const {
  std::uint64_t sum = 0;
  for (const auto& tap : taps_) sum += tap->moved();
  return sum;
}

std::uint64_t Output::on_its_way() const {
  std::uint64_t sum = 0;
  for (const auto& tap : taps_) sum += tap->on_its_way();
  return sum;
}

std::uint64_t Output::lost() const {
  std::uint64_t sum = 0;
  for (const auto& tap : taps_) sum += tap->lost();
  return sum;
}

void Output::restore_terminal() { relay_.reset(); }

void Output::resized() {
  if (relay_) relay_->resized();
}

}  // namespace usher
