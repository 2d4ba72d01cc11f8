#include "init/base/log_event.h"

namespace usher {
namespace {

std::string words_in_code(std::string_view words) {
  std::string out;
  while (!words.empty()) {
    const std::size_t end = words.find(' ');
    out += (out.empty() ? "`" : ", `") + std::string(words.substr(0, end)) + '`';
    words.remove_prefix(end == words.npos ? words.size() : end + 1);
  }
  return out;
}

}  // namespace

std::string log_event_reference() {
  std::string out = "\n| event | level | fields | meaning |\n| --- | --- | --- | --- |\n";
  for (const LogEventRow& row : kLogEvents)
    out += "| " + words_in_code(row.name) + " | " + words_in_code(row.levels) + " | " +
           words_in_code(row.fields) + " | " + std::string(row.meaning) + " |\n";
  return out;
}

}  // namespace usher
