#include "init/cli/run_options.h"

#include <string_view>

#include "init/config/keys.h"

namespace usher {
namespace {

// "-c FILE", "-cFILE", "--config FILE" and "--config=FILE", for one option.
class OptionReader {
 public:
  OptionReader(int argc, char** argv) : argc_(argc), argv_(argv) {}

  bool at_option() const {
    return index_ < argc_ && argv_[index_][0] == '-' && argv_[index_][1] != '\0';
  }
  std::string_view word() const { return argv_[index_]; }
  void skip() { ++index_; }
  Argv rest() const { return Argv(argv_ + index_, argv_ + argc_); }

  // Whether the word is this option; its value is then in `value`, or `problem` says it is missing.
  bool take(std::string_view letter, std::string_view name, std::string& value,
            std::string& problem) {
    const std::string_view text = word();
    if (text == letter || text == name) {
      ++index_;
      if (index_ >= argc_)
        problem = "option " + std::string(text) + " needs a value";
      else
        value = argv_[index_++];
      return true;
    }
    if (text.starts_with(name) && text.size() > name.size() && text[name.size()] == '=') {
      value = text.substr(name.size() + 1);
    } else if (!letter.empty() && text.starts_with(letter) && !text.starts_with("--")) {
      value = text.substr(letter.size());
    } else {
      return false;
    }
    ++index_;
    return true;
  }

 private:
  int argc_;
  char** argv_;
  int index_ = 0;
};

// "--shutdown.timeout=5s" and "--shutdown.timeout 5s": any key of the configuration. What has a dot
// is meant to be one; health and dependency have none.
bool take_key(OptionReader& reader, RunOptions& options) {
  const std::string_view text = reader.word();
  if (!text.starts_with("--")) return false;
  const std::string name(text.substr(0, text.find('=')));
  if (name.find('.') == name.npos && find_key(name.substr(2)) == nullptr) return false;
  std::string value;
  reader.take({}, name, value, options.problem);
  options.load.overrides.emplace_back(name.substr(2), value);
  return true;
}

}  // namespace

RunOptions parse_run_options(int argc, char** argv) {
  RunOptions options;
  OptionReader reader(argc, argv);
  while (reader.at_option() && options.problem.empty()) {
    const std::string_view text = reader.word();
    if (text == "--") {
      reader.skip();
      break;
    }
    if (text == "--help" || text == "-h") {
      options.help = true;
      break;
    }
    if (reader.take("-c", "--config", options.load.file, options.problem) ||
        reader.take("-p", "--profile", options.load.profile, options.problem) ||
        take_key(reader, options))
      continue;
    options.problem = "unknown option " + std::string(text);
  }
  options.load.command = reader.rest();
  return options;
}

}  // namespace usher
