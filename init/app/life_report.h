// What is counted as it happens, and what becomes of it at the end: the last line of the log, the
// report file, the message for Kubernetes.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "init/app/context.h"
#include "init/app/dependencies.h"
#include "init/lifecycle/report.h"
#include "init/observe/report_file.h"
#include "init/os/reaper.h"

namespace usher {

// In a container, the id that the engine knows it by.
std::string host_name();

class LifeReport {
 public:
  using Micros = std::chrono::microseconds;

  explicit LifeReport(const Context& context);

  // Before anything of ours runs: what the termination message is by now is of an earlier life.
  void begin();
  // Whether there is to be a termination message, and where.
  bool has_message();
  std::string message_path() const;

  Report& data() { return report_; }
  const Report& data() const { return report_; }

  // A start has begun; it has become ready after so long, and has said where it is.
  void spawned() { ready_after_.reset(); }
  void ready(Micros after, std::string value);
  // Of the last start, once it is ready.
  std::optional<Micros> ready_after() const { return ready_after_; }
  // Since usher was started.
  std::chrono::milliseconds spent() const;
  // A hook that did not end in time. The last few are kept.
  void cut(const CutHook& hook);
  // The figures of a main process that has ended.
  void count(const Ended& process);

  // What the end will ask is looked up while the service stops, and nobody waits for us.
  void prepare_end();
  void add(const std::vector<Dependencies::State>& dependencies);
  // Writes the files. Where the configuration is wrong Kubernetes shows the end of the log, where the
  // mistakes stand, as long as it has no other message.
  enum class Message : std::uint8_t { none, kubernetes };
  void write(Message message = Message::kubernetes);
  // The last line.
  void log();
  // For a life that has not begun: files and line.
  void only(const Verdict& verdict, Message message);

 private:
  bool takes_message();
  std::string leave_message(const std::string& path) const;

  Context context_;
  Report report_;
  std::optional<Micros> ready_after_;
  std::optional<bool> takes_message_;
  std::optional<FileStamp> message_before_;
};

}  // namespace usher
