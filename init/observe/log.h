// usher's own log: one line an event, on stderr unless told otherwise, never on stdout.
//
//   log.info("ready").add("after_ms", 1012).add("value", address);
//
// Built on spdlog (levels, time stamps, formatting); the sink is ours, because spdlog's own ones
// wait for their reader.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

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
    Line& add(std::string_view key, std::string_view value);
    Line& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
    Line& add(std::string_view key, std::int64_t value);
    Line& add(std::string_view key, int value) { return add(key, std::int64_t{value}); }
    Line& add(std::string_view key, unsigned value) { return add(key, std::int64_t{value}); }
    // Complete JSON; left out of text lines.
    Line& add_raw(std::string_view key, std::string_view json);

   private:
    friend class Log;
    Line(Log* log, LogLevel level, std::string_view event);
    Log* log_;  // null: this level is not wanted
    LogLevel level_;
    std::string body_;
  };

  // `service` and `instance` stand in every line, as do the configured fields. Nothing is opened
  // before the first line: starting the service comes first.
  Log(const LogConfig& config, std::string_view service, std::string_view instance);
  ~Log();

  Line error(std::string_view event) { return Line(this, LogLevel::error, event); }
  Line warn(std::string_view event) { return Line(this, LogLevel::warn, event); }
  Line info(std::string_view event) { return Line(this, LogLevel::info, event); }
  Line debug(std::string_view event) { return Line(this, LogLevel::debug, event); }
  bool wants(LogLevel level) const noexcept { return level <= level_; }
  // `text` is asked for the last line, if it is wanted: as the members of an object, which are
  // written as they are (`"event":"report",...`), or for a reader at a terminal.
  void report(const std::function<std::string(bool json)>& text);

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
  void open();
  void frame();

  LogConfig config_;
  std::string service_, instance_;
  LogLevel level_;
  bool opened_ = false, raw_ = false, held_ = false;
  bool json_ = true;
  std::string common_;  // service, instance, fields; already formatted
  Loop* loop_ = nullptr;
  std::uint64_t dropped_total_ = 0;
  std::shared_ptr<Sink> sink_;
  struct Logger;
  std::unique_ptr<Logger> logger_;
};

}  // namespace usher
