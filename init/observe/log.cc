#include "init/observe/log.h"

#include <spdlog/logger.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "init/base/columns.h"
#include "init/base/json.h"
#include "init/base/known_secrets.h"
#include "init/base/utc.h"
#include "init/observe/log_writer.h"
#include "init/os/terminal.h"

namespace usher {

namespace {

std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::err: return "error";
    case spdlog::level::warn: return "warn";
    case spdlog::level::info: return "info";
    default: return "debug";
  }
}

// The frame of a line. spdlog's own pattern formatter would read the time zone's file, for UTC too.
class Frame : public spdlog::formatter {
 public:
  Frame(std::string prefix, bool json, bool colours)
      : prefix_(std::move(prefix)), json_(json), colours_(colours) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto put = [&](std::string_view text) { out.append(text.data(), text.data() + text.size()); };
    put(prefix_);
    if (json_) put("{\"ts\":\"");
    put(utc_text(std::chrono::time_point_cast<std::chrono::system_clock::duration>(message.time)));
    put(json_ ? "\",\"level\":\"" : " ");
    const std::string_view colour = colours_ ? colour_of(message.level) : "";
    put(colour);
    put(level_name(message.level));
    if (!colour.empty()) put("\x1b[0m");
    put(json_ ? "\"," : " ");
    put({message.payload.data(), message.payload.size()});
    put(json_ ? "}\n" : "\n");
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<Frame>(prefix_, json_, colours_);
  }

 private:
  static std::string_view colour_of(spdlog::level::level_enum level) {
    switch (level) {
      case spdlog::level::err: return "\x1b[31m";
      case spdlog::level::warn: return "\x1b[33m";
      case spdlog::level::debug: return "\x1b[2m";
      default: return "";
    }
  }

  std::string prefix_;
  bool json_, colours_;
};

}  // namespace

class Log::Sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit Sink(LogWriter writer) : writer_(std::move(writer)) {}
  LogWriter& writer() { return writer_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    writer_.write({formatted.data(), formatted.size()});
  }
  void flush_() override {}
  LogWriter writer_;
};

struct Log::Logger {
  explicit Logger(const std::shared_ptr<Sink>& sink) : logger("usher", sink) {}
  spdlog::logger logger;
};

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::off: return spdlog::level::off;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::debug: return spdlog::level::debug;
  }
  return spdlog::level::off;
}

void append_json(std::string& body, std::string_view key, std::string_view value) {
  body += ',';
  append_json_string(body, key);
  body += ':';
  append_json_string(body, value);
}

// Quoted where it has to be; so what a terminal would obey is escaped.
void append_text(std::string& body, std::string_view key, std::string_view value) {
  std::string hidden;
  if (has_secret(value)) value = hidden = hide_secrets(value);
  body += ' ';
  body += key;
  body += '=';
  const std::size_t begin = body.size();
  append_json_string(body, value);
  const bool changed = body.size() - begin != value.size() + 2;
  if (!changed && !value.empty() && value.find_first_of(" =") == std::string_view::npos)
    body.replace(begin, std::string::npos, value);
}

void append_number(std::string& body, LogField field, std::int64_t value, bool json) {
  body += json ? ",\"" : " ";
  body += field.name();
  body += json ? "\":" : "=";
  body += std::to_string(value);
}

}  // namespace

Log::Log(const LogConfig& config, std::string_view service, std::string_view instance)
    : config_(config), service_(service), instance_(instance), level_(config.level) {}

void Log::open() {
  opened_ = true;
  std::string problem;
  auto writer = LogWriter::open(config_.file, problem);
  writer.terminal_is_raw(raw_);
  sink_ = std::make_shared<Sink>(std::move(writer));
  logger_ = std::make_unique<Logger>(sink_);
  frame();
  logger_->logger.set_error_handler([](const std::string&) {});  // its own would print and wait
  if (loop_ != nullptr) sink_->writer().attach(*loop_);
  if (held_) sink_->writer().hold();
  if (!problem.empty()) error("log_file").add("message", problem);
}

void Log::frame() {
  const bool terminal = config_.file.empty() && ::isatty(STDERR_FILENO) == 1;
  const bool colours = terminal && takes_colours(STDERR_FILENO);
  json_ = config_.format == LogFormat::json ||
          (config_.format == LogFormat::automatic && !terminal);
  can_move_ = colours && !json_;
  const auto append = json_ ? append_json : append_text;
  common_.clear();
  append(common_, "service", service_);
  if (json_) append(common_, "instance", instance_);
  fields_.clear();
  for (const auto& [key, value] : config_.fields) append(fields_, key, value);
  common_ += fields_;
  sink_->set_formatter(std::make_unique<Frame>(config_.prefix, json_, colours && !json_));
  logger_->logger.set_level(spdlog_level(level_));
}

void Log::configure(const LogConfig& config) {
  const std::string file = config_.file;
  config_ = config;
  config_.file = file;
  level_ = config.level;
  if (opened_) frame();
}

Log::~Log() = default;

// What each line has, as far as its own fields.
std::string Log::begun(LogEvent event) const {
  const std::string name(event.name());
  return (json_ ? "\"event\":\"" + name + '"' : name) + common_;
}

bool Log::move(std::chrono::milliseconds since, std::chrono::milliseconds most, std::string_view what) {
  if (!opened_ && wants(LogLevel::info)) open();
  if (!can_move_ || !wants(LogLevel::info)) return false;
  if (what.empty()) {
    erase_moved();
  } else {
    sink_->writer().write(moving_line(since, most, what, terminal_columns(STDERR_FILENO)));
    moved_ = true;
  }
  return true;
}

void Log::erase_moved() {
  if (std::exchange(moved_, false)) sink_->writer().write(kEraseLine);
}

void Log::write(LogLevel level, std::string_view body) {
  erase_moved();
  logger_->logger.log(spdlog_level(level), spdlog::string_view_t(body.data(), body.size()));
  count_dropped();
}

void Log::count_dropped() {
  if (const std::uint64_t dropped = sink_->writer().take_dropped()) {
    dropped_total_ += dropped;
    if (wants(LogLevel::warn)) {
      constexpr LogEvent event("log_dropped");
      constexpr LogField lines("lines");
      std::string note = begun(event);
      append_number(note, lines, static_cast<std::int64_t>(dropped_total_), json_);
      logger_->logger.log(spdlog::level::warn, spdlog::string_view_t(note.data(), note.size()));
    }
  }
}

void Log::report(const std::function<std::string(bool json)>& text) {
  if (!wants(LogLevel::info)) return;
  if (!opened_) open();
  std::string line = text(json_);
  // Behind the name of the event, so that the report's own members are the last word.
  line.insert(std::min(line.find(json_ ? ',' : ' '), line.size()), fields_);
  write(LogLevel::info, line);
}

void Log::verbatim(std::string line) {
  if (!opened_) open();
  erase_moved();
  sink_->writer().write(line);
  release();
}

Log::Together::Together(Log& log) : log_(log) {
  log_.held_ = true;
  if (log_.sink_) log_.sink_->writer().hold();
}

Log::Together::~Together() { log_.release(); }

void Log::release() {
  held_ = false;
  if (!sink_) return;
  sink_->writer().release();
  count_dropped();
}

void Log::attach(Loop& loop) {
  loop_ = &loop;
  // An inherited descriptor would not be there any more at the first line.
  if (!opened_ && !config_.file.empty() && wants(LogLevel::error)) open();
  if (sink_) sink_->writer().attach(loop);
}

void Log::terminal_is_raw() {
  raw_ = true;
  if (sink_) sink_->writer().terminal_is_raw(true);
}

void Log::finish() {
  loop_ = nullptr;
  if (sink_) sink_->writer().finish();
}

Log::Line::Line(Log* log, LogLevel level, LogEvent event)
    : log_(log->wants(level) ? log : nullptr), level_(level) {
  if (log_ == nullptr) return;
  if (!log_->opened_) log_->open();
  body_ = log_->begun(event);
}

Log::Line::Line(Line&& other) noexcept
    : log_(std::exchange(other.log_, nullptr)), level_(other.level_), body_(std::move(other.body_)) {}

Log::Line::~Line() {
  if (log_ != nullptr) log_->write(level_, body_);
}

Log::Line& Log::Line::add(LogField field, std::string_view value) {
  if (log_ == nullptr) return *this;
  log_->json_ ? append_json(body_, field.name(), value) : append_text(body_, field.name(), value);
  return *this;
}

Log::Line& Log::Line::add(LogField field, std::int64_t value) {
  if (log_ != nullptr) append_number(body_, field, value, log_->json_);
  return *this;
}

}  // namespace usher
