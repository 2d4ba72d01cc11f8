// What one attempt of the service prints, and what was found in it. Where nothing has to be read
// the service has our own descriptors and nothing of this is made.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "init/config/config.h"
#include "init/loop/loop.h"
#include "init/loop/tap.h"
#include "init/os/spawn.h"
#include "init/os/terminal.h"
#include "init/text/multiaddr_finder.h"

namespace usher {

class TerminalRelay;

// How long a service that has been ready since then has printed nothing of what was last `heard`. What
// nobody has read yet is no silence: who prints may be waiting for a reader. Pure.
Millis silence_of(std::chrono::microseconds now, std::chrono::microseconds ready,
                  std::optional<std::chrono::microseconds> heard, std::uint64_t on_its_way);

// Written by the taps' threads, read by the loop after a wake-up.
class Findings {
 public:
  explicit Findings(const std::vector<LineProbe>& probes);
  // Returns whether somebody wants to hear of it, which is asked for once for each line.
  bool saw(std::string_view line);
  void want_line() { line_wanted_ = true; }
  // Whether the probe has seen enough lines with that.
  bool found(std::size_t probe, std::string value);
  void found_result();
  // What a probe with max_silence listens for has come.
  void heard(std::size_t probe, std::chrono::microseconds now);
  std::optional<std::chrono::microseconds> heard_at(std::size_t probe) const;
  void passed_over(UndialableMultiaddr address);
  // What the probe found, if it has.
  std::optional<std::string> found_by(std::size_t probe) const;
  bool result() const;
  // The latest line that was looked at, cut to a length for messages.
  std::string last_line() const;
  void cut_line();
  // The latest multiaddr that did not count, or that a line was not looked at as a whole, and why; empty
  // where there was none.
  std::string why_passed_over() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::optional<std::string>> values_;
  std::vector<std::optional<std::chrono::microseconds>> heard_;
  std::vector<unsigned> lines_left_;  // until each has seen enough of them
  std::string last_line_;
  UndialableMultiaddr passed_over_;
  bool result_ = false, cut_line_ = false;
  std::atomic<bool> line_wanted_{false};
};

class Output {
 public:
  // Whether the configuration asks for anything to be read.
  static bool has_to_read(const Config& config);

  // `wake` hears of findings and of the end; it outlives the output.
  Output(Loop& loop, const Config& config, WakeUp& wake);
  ~Output();

  // Makes the pipes or the terminal, starts the taps and says in `request` what the service gets.
  // `owner`: who must be able to open them by name. Returns 0 or errno.
  [[nodiscard]] int open(SpawnRequest& request, const Identity* owner);
  // The service has its ends: ours are closed, so that the end of the output can be seen.
  void handed_over();

  const Findings& findings() const { return *findings_; }
  // `wake` is to hear of the next line that is looked at, whatever it says.
  void want_line() const { findings_->want_line(); }
  // What such a probe of the configuration has found.
  std::optional<std::string> found(const LineProbe& probe) const;
  // When it last was, of one with max_silence.
  std::optional<std::chrono::microseconds> heard_at(const LineProbe& probe) const;
  // Whether each line that means ready has been seen.
  bool lines_say_ready() const;
  // What the first of them found; empty while none has.
  std::string ready_value() const;
  // All that was printed has reached its reader, and nobody is left who could print.
  bool ended() const;
  // Nothing is on its way, though somebody could still print.
  bool idle() const;
  std::uint64_t moved() const;
  std::uint64_t on_its_way() const;
  std::uint64_t lost() const;
  // Our own terminal is raw now, because what is typed goes to the service's.
  bool relays_keyboard() const { return relay_ != nullptr; }
  void restore_terminal();
  // The size of our own terminal has changed.
  void resized();

 private:
  std::optional<std::size_t> index_of(const LineProbe& probe) const;
  std::unique_ptr<Tap::Scanner> scanner(bool out, bool err);
  int open_pipes(SpawnRequest& request, const Identity* owner, bool out, bool err);
  int open_terminal(SpawnRequest& request, const Identity* owner, bool out, bool err);
  int open_pipe_for(int target, int& request_fd, const Identity* owner);

  Loop& loop_;
  const Config& config_;
  WakeUp& wake_;
  const std::vector<LineProbe> lines_;  // as of the start; a reload changes none of them
  std::shared_ptr<Findings> findings_;
  std::vector<std::unique_ptr<Tap>> taps_;
  std::vector<Fd> service_ends_;
  std::unique_ptr<TerminalRelay> relay_;
};

}  // namespace usher
