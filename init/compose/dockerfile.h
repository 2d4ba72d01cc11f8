// What a Dockerfile says of the image's command and of how it is watched and stopped.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usher {

// HEALTHCHECK, with its options as they are written; empty where they are not.
struct ImageHealthcheck {
  std::vector<std::string> command;  // in words, of either form
  std::string interval, timeout, start_period, start_interval;
};

struct Dockerfile {
  std::string base;                          // what it is FROM: "nginx:1.27", without a stage's name
  std::vector<std::string> entrypoint, command;
  std::optional<ImageHealthcheck> healthcheck;
  std::string stop_signal;                   // its own, or the one that a well-known base image has
  std::map<std::string, std::string> environment;
  std::vector<std::string> sources;          // of all COPY and ADD, relative to the build context
};

// Of the stage named `target`, or else of the last; a stage has what the one has that it is built on.
// Understands what is usual, and passes over the rest.
Dockerfile parse_dockerfile(std::string_view text, std::string_view target = {});

}  // namespace usher
