#include "init/app/life_report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "init/os/clock.h"

namespace usher {
namespace {

constexpr const char* kTerminationLog = "/dev/termination-log";

}  // namespace

std::string host_name() {
  utsname names;
  return ::uname(&names) == 0 ? names.nodename : "";
}

LifeReport::LifeReport(const Context& context) : context_(context) {
  report_.service = context.config.service.name;
  report_.instance = host_name();
  report_.started_at = std::chrono::system_clock::now();
  report_.phases.begin(monotonic_now());
}

std::string LifeReport::message_path() const {
  const std::string& wanted = context_.config.report.termination_file;
  return wanted.empty() ? kTerminationLog : wanted;
}

void LifeReport::begin() {
  if (has_message()) message_before_ = stamp_of(message_path());
}

bool LifeReport::has_message() {
  const ReportConfig& config = context_.config.report;
  return !config.termination_file.empty() ||
         (config.termination && !context_.dialect.stands_in() && takes_message());
}

void LifeReport::ready(Micros after, std::string value) {
  ready_after_ = after;
  report_.ready_value = std::move(value);
}

std::chrono::milliseconds LifeReport::spent() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(monotonic_now() -
                                                               report_.phases.begun());
}

void LifeReport::cut(const CutHook& hook) {
  constexpr std::size_t kMost = 4;
  if (report_.cut_hooks.size() == kMost) report_.cut_hooks.erase(report_.cut_hooks.begin());
  report_.cut_hooks.push_back(hook);
}

void LifeReport::count(const Ended& process) {
  report_.peak_memory_bytes = std::max(report_.peak_memory_bytes, process.max_rss_kib * 1024);
  report_.cpu_user_ms += process.user_us / 1000;
  report_.cpu_system_ms += process.system_us / 1000;
}

void LifeReport::prepare_end() {
  if (context_.dialect.stands_in()) return;
  const ReportConfig& config = context_.config.report;
  if (config.termination && config.termination_file.empty()) takes_message();
}

// A kubelet has mounted the file before we were there.
bool LifeReport::takes_message() {
  if (!takes_message_) takes_message_ = ::access(kTerminationLog, W_OK) == 0;
  return *takes_message_;
}

void LifeReport::add(const std::vector<Dependencies::State>& dependencies) {
  for (const Dependencies::State& one : dependencies)
    report_.dependencies.push_back({one.name, one.target, one.satisfied, one.after, one.reason});
}

// Returns what went wrong. What the service has said itself goes first: it knows best why it ended.
std::string LifeReport::leave_message(const std::string& path) const {
  constexpr std::size_t kMost = 4096;  // a kubelet shows no more
  const OwnMessage treatment = context_.config.report.own_message;
  MessageOfOthers others;
  if (treatment != OwnMessage::replace && message_before_) others = message_of_others(path, *message_before_);
  std::string& own = others.text;
  // What was kept for the case that we would not come to this says something else.
  const auto leave_alone = [&] { return others.alone ? std::string() : overwrite(path, own); };
  if (!own.empty() && treatment == OwnMessage::keep) return leave_alone();
  if (own.size() >= kMost) return leave_alone();
  const std::size_t room = kMost - own.size() - 1;
  const std::string report = '{' + to_json_members(report_, own.empty() ? kMost : room) + '}';
  if (!own.empty() && report.size() > room) return leave_alone();
  if (!own.empty() && !own.ends_with('\n')) own += '\n';
  return overwrite(path, own + report);
}

void LifeReport::write(Message message) {
  const ReportConfig& config = context_.config.report;
  const std::string& file = config.file;
  const std::string& wanted = config.termination_file;
  const bool with_message = message == Message::kubernetes &&
                            (!wanted.empty() || (config.termination && takes_message()));
  if (!file.empty() || with_message) context_.log.release();  // a disk may take its time
  report_.ended_at = std::chrono::system_clock::now();
  report_.log_lines_dropped = static_cast<std::int64_t>(context_.log.dropped());
  const auto check = [this](const std::string& path, const std::string& problem) {
    if (!problem.empty())
      context_.log.error("report_failed").add("file", path).add("message", problem);
  };
  if (!file.empty()) check(file, write_whole(file, '{' + to_json_members(report_) + "}\n"));
  if (!with_message) return;
  check(message_path(), leave_message(message_path()));
}

void LifeReport::only(const Verdict& verdict, Message message) {
  report_.verdict = verdict;
  write(message);
  log();
  context_.log.finish();
}

void LifeReport::log() {
  context_.log.report(
      [this](bool json) { return json ? to_json_members(report_) : to_text(report_); });
}

}  // namespace usher
