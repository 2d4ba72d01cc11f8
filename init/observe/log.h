// usher's own log: one line an event, on stderr unless told otherwise, never on stdout.
//
//   log.info("ready").add("after_ms", 1012).add("value", address);
//
// Built on spdlog (levels, time stamps, formatting); the sink is ours, because spdlog's own ones
// wait for their reader.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "init/base/log_event.h"
#include "init/config/config.h"

namespace usher {

class Loop;

class Log {
 public:
  // One event under construction; written when it goes out of scope.
  class Line {
   public:
    Line(Line&& other) noexcept;
    ~Line();
    Line& add(LogField field, std::string_view value);
    Line& add(LogField field, const char* value) { return add(field, std::string_view(value)); }
    Line& add(LogField field, std::int64_t value);
    Line& add(LogField field, int value) { return add(field, std::int64_t{value}); }
    Line& add(LogField field, unsigned value) { return add(field, std::int64_t{value}); }

   private:
    friend class Log;
    Line(Log* log, LogLevel level, LogEvent event);
    Log* log_;  // null: this level is not wanted
    LogLevel level_;
    std::string body_;
  };

  // `service` and `instance` stand in every line, as do the configured fields. Nothing is opened
  // before the first line: starting the service comes first.
  Log(const LogConfig& config, std::string_view service, std::string_view instance);
  ~Log();

  Line error(LogEventAt<LogLevel::error> event) { return at(LogLevel::error, event); }
  Line warn(LogEventAt<LogLevel::warn> event) { return at(LogLevel::warn, event); }
  Line info(LogEventAt<LogLevel::info> event) { return at(LogLevel::info, event); }
  Line debug(LogEventAt<LogLevel::debug> event) { return at(LogLevel::debug, event); }
  // For whoever weighs how much it matters.
  Line at(LogLevel level, LogEvent event) { return Line(this, level, event); }
  bool wants(LogLevel level) const noexcept { return level <= level_; }
  // `text` is asked for the last line, if it is wanted: as the members of an object, which are
  // written as they are (`"event":"report",...`), or for a reader at a terminal.
  void report(const std::function<std::string(bool json)>& text);

  // A line on a terminal that is written over: it goes with the next one, and is none of the log's. Empty:
  // away with it. False where there can be none, as `NO_COLOR`, a file or JSON has it.
  bool move(std::chrono::milliseconds since, std::chrono::milliseconds most, std::string_view what);

  // A line in somebody else's form, whatever the level; at once.
  void verbatim(std::string line);

  // Lines written during its life go out together, at its end or with release().
  class Together {
   public:
    explicit Together(Log& log);
    ~Together();
    Together(const Together&) = delete;
    Together& operator=(const Together&) = delete;

   private:
    Log& log_;
  };
  // Before what may take its time, or makes others write.
  void release();

  // Everything but the file, which stays the one that was opened.
  void configure(const LogConfig& config);
  void attach(Loop& loop);
  // The last call: see LogWriter.
  void finish();
  // The terminal that we may be writing to has been made raw.
  void terminal_is_raw();
  std::uint64_t dropped() const noexcept { return dropped_total_; }

 private:
  class Sink;
  void write(LogLevel level, std::string_view body);
  void count_dropped();
  void erase_moved();
  std::string begun(LogEvent event) const;
  void open();
  void frame();

  LogConfig config_;
  std::string service_, instance_;
  LogLevel level_;
  bool opened_ = false, raw_ = false, held_ = false;
  bool json_ = true;
  bool can_move_ = false, moved_ = false;
  std::string common_;  // service, instance, fields; already formatted
  std::string fields_;  // these alone, for the report, which has the others
  Loop* loop_ = nullptr;
  std::uint64_t dropped_total_ = 0;
  std::shared_ptr<Sink> sink_;
  struct Logger;
  std::unique_ptr<Logger> logger_;
};

}  // namespace usher
