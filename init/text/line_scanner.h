// Puts lines together again from whatever pieces they arrive in.
#pragma once

#include <string.h>  // memrchr

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace usher {

// For messages, where a line that was cut could have been the one.
inline constexpr std::string_view kCutLine =
    "of a line longer than 64 KiB only the beginning was looked at";

class LineScanner {
 public:
  // Of a longer line the first kLongest bytes are shown as if they were all, once; the rest is
  // passed over. What means ready stands at the front of a line, not behind 64 KiB of it.
  static constexpr std::size_t kLongest = 64 * 1024;

  // Calls sink(std::string_view line) for each line that is complete now, without its "\n" or
  // "\r\n". The view is good for the call only. Lines inside `bytes` are not copied.
  template <typename Sink>
  void feed(std::string_view bytes, Sink&& sink) {
    while (!bytes.empty()) {
      const auto* newline = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
      if (newline == nullptr) return keep(bytes, sink);
      const auto length = static_cast<std::size_t>(newline - bytes.data());
      if (kept_.empty() && !skipping_ && length <= kLongest) {
        sink(without_return(bytes.substr(0, length)));
      } else {
        keep(bytes.substr(0, length), sink);
        end_line(sink);
      }
      bytes.remove_prefix(length + 1);
    }
  }

  // Like feed() for bytes in which no line is of interest: only what may be the beginning of one
  // is kept.
  void pass_over(std::string_view bytes) {
    const auto* last = static_cast<const char*>(::memrchr(bytes.data(), '\n', bytes.size()));
    const auto nobody = [](std::string_view) {};
    if (last == nullptr) return keep(bytes, nobody);
    release();
    skipping_ = false;
    keep(bytes.substr(static_cast<std::size_t>(last - bytes.data()) + 1), nobody);
  }

  // Whether any line was longer than is shown.
  bool has_cut() const { return has_cut_; }

  // The line whose end has not come yet.
  std::string_view kept() const { return kept_; }

  // The output is over: a last line without newline is a line, too.
  template <typename Sink>
  void finish(Sink&& sink) {
    if (!kept_.empty()) end_line(sink);
    skipping_ = false;
  }

 private:
  static std::string_view without_return(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  template <typename Sink>
  void keep(std::string_view part, Sink&& sink) {
    has_cut_ |= skipping_ && !part.empty();
    if (skipping_) return;
    const std::size_t room = kLongest - kept_.size();
    has_cut_ |= part.size() > room;
    kept_ += part.substr(0, room);
    if (kept_.size() < kLongest) return;
    sink(std::string_view(kept_));
    release();
    skipping_ = true;
  }

  template <typename Sink>
  void end_line(Sink& sink) {
    if (!skipping_) {
      const std::string line = std::exchange(kept_, {});
      sink(without_return(line));
    }
    skipping_ = false;
  }

  void release() { std::string().swap(kept_); }

  std::string kept_;       // the beginning of a line whose end has not come yet
  bool skipping_ = false;  // inside a line that was too long
  bool has_cut_ = false;
};

}  // namespace usher
