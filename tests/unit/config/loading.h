// What the tests of the configuration share: files in a directory of their own, and short answers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "init/base/text.h"
#include "init/config/load.h"
#include "tests/catch.h"
#include "tests/probe_settings.h"
#include "tests/scratch.h"

namespace usher {

class Loading {
 public:
  LoadRequest request;

  Loading() { request.need_command = false; }

  // Several files may be written; the one that is loaded is service.toml.
  Loading& write(std::string_view name, std::string_view text) {
    scratch.write(name, text);
    return *this;
  }
  Loading& file(std::string_view text) {
    request.file = scratch.write("service.toml", text);
    return *this;
  }
  Loading& variable(std::string entry) {
    environment_.push_back(std::move(entry));
    return *this;
  }
  Loading& argument(std::string key, std::string value) {
    request.overrides.emplace_back(std::move(key), std::move(value));
    return *this;
  }
  Loading& profile(std::string name) {
    request.profile = std::move(name);
    return *this;
  }

  Loaded load() {
    std::vector<const char*> block;
    for (const std::string& entry : environment_) block.push_back(entry.c_str());
    block.push_back(nullptr);
    request.environment = block.data();
    Loaded loaded = load_config(request);
    request.environment = nullptr;
    return loaded;
  }
  // For configurations that are right.
  Config config() {
    const Loaded loaded = load();
    for (const ConfigError& error : loaded.errors) FAIL_CHECK(to_string(error));
    return loaded.config;
  }
  // Every message, without the name of the directory.
  std::vector<std::string> errors() {
    std::vector<std::string> out;
    for (const ConfigError& error : load().errors) out.push_back(without_directory(to_string(error)));
    return out;
  }
  std::string without_directory(std::string text) const {
    const std::string directory = scratch.path("");
    for (std::size_t at; (at = text.find(directory)) != std::string::npos;)
      text.erase(at, directory.size());
    return text;
  }

  const Scratch scratch;

 private:
  std::vector<std::string> environment_;
};

// The messages about one file of this text.
inline std::vector<std::string> errors_of(std::string_view text) {
  return Loading().file(text).errors();
}
inline Config config_of(std::string_view text) { return Loading().file(text).config(); }

using Texts = std::vector<std::string>;

}  // namespace usher
