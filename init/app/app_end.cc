// The end: the verdict, what is taken away, and the last report.
#include <unistd.h>

#include <cerrno>
#include <string>

#include "init/app/app.h"
#include "init/app/control.h"
#include "init/app/tracing.h"
#include "init/app/world.h"
#include "init/observe/report_file.h"
#include "init/os/configured_path.h"

namespace usher {
namespace {

constexpr const char* kTerminationLog = "/dev/termination-log";

}  // namespace

void App::finish(const Verdict& verdict) {
  finished_ = true;
  settled();
  report_.verdict = verdict;
  report_.life = supervisor_.life();
  report_.oom_killed = killed_for_memory();
  count_checks();
  if (tracing_) end_trace();
  keep_peaks();
  count_alerts();
  clean_up_files();
  take_leave();
}

void App::tell_the_end() {
  write_report();
  say_last_words();
}

// The report is the last line, whatever else had to be said.
void App::end() {
  over_ = true;
  log_report();
  control_socket_.reset();  // with their names, where nobody has been served yet
  metrics_socket_.reset();
  if (world_) world_->http.reset();
  if (control_) control_->end();
  if (world_) world_->loop.stop();
}

void App::log_report() {
  log_.report([this](bool json) { return json ? to_json_members(report_) : to_text(report_); });
}

// The system does not let us watch over anything: nothing of ours stays behind.
void App::refused(const std::string& why) {
  log_.error("system").add("message", why);
  descendants_.kill_all();
  report_only({false, exit_code::kSystem, Reason::system});
  ::_exit(exit_code::kSystem);
}

// Kubernetes shows the end of the log, where the mistakes stand, as long as it has no other message.
int App::refuse_config() {
  config_.report.termination = false;
  config_.report.termination_file.clear();
  report_only({false, exit_code::kConfig, Reason::config});
  return exit_code::kConfig;
}

void App::report_only(const Verdict& verdict) {
  report_.verdict = verdict;
  report_.life = supervisor_.life();
  write_report();
  log_report();
  log_.finish();
}

// What the end will ask is looked up while the service stops, and nobody waits for us.
void App::prepare_end() {
  if (dialect_ != nullptr) return;
  if (!oom_kills_) oom_kills_.emplace(Cgroup::own_for_memory());
  if (config_.report.termination && config_.report.termination_file.empty()) takes_termination();
}

// A kubelet has mounted the file before we were there.
bool App::takes_termination() {
  if (!takes_termination_) takes_termination_ = ::access(kTerminationLog, W_OK) == 0;
  return *takes_termination_;
}

// The group's counter is that of this container, unless others are in it, too; then only a kill that
// we saw and did not order can have been one of ours. A peer, in a dialect, reports nothing.
bool App::killed_for_memory() {
  constexpr Micros kShort{1'000'000};
  const bool uneventful = report_.verdict.code == 0 && report_.phases.total() < kShort;
  if (dialect_ != nullptr || (uneventful && !killed_by_others_)) return false;
  prepare_end();
  if (oom_kills_->count().value_or(0) == 0) return false;
  return killed_by_others_ || (::getpid() == 1 && !oom_kills_->group().shared_with_others());
}

void App::clean_up_files() {
  if (!config_.shutdown.cleanup_files.empty()) log_.release();
  for (const std::string& path : config_.shutdown.cleanup_files) {
    const ConfiguredPath place(path, ConfiguredPath::Last::itself);
    if (const int error = place.remove(); error != 0 && error != ENOENT)
      log_.warn("cleanup_failed").add("file", path).add("message", place.describe(error));
  }
}

void App::write_report() {
  constexpr std::size_t kTerminationMost = 4096;
  const std::string& file = config_.report.file;
  const std::string& wanted = config_.report.termination_file;
  const bool terminates = !wanted.empty() || (config_.report.termination && takes_termination());
  if (!file.empty() || terminates) log_.release();  // a disk may take its time
  report_.ended_at = std::chrono::system_clock::now();
  report_.log_lines_dropped = static_cast<std::int64_t>(log_.dropped());
  for (const Dependencies::State& one : dependency_states_)
    report_.dependencies.push_back({one.name, one.target, one.satisfied, one.after, one.reason});
  const auto refused = [this](const std::string& path, const std::string& why) {
    if (!why.empty()) log_.error("report_failed").add("file", path).add("message", why);
  };
  if (!file.empty()) refused(file, write_whole(file, '{' + to_json_members(report_) + "}\n"));
  if (!terminates) return;
  const std::string path = wanted.empty() ? kTerminationLog : wanted;
  refused(path, overwrite(path, '{' + to_json_members(report_, kTerminationMost) + '}'));
}

}  // namespace usher
