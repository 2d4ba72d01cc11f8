// What every part of the App is given. All of it outlives them.
#pragma once

#include "init/app/dialect.h"
#include "init/app/runtime.h"
#include "init/config/config.h"
#include "init/observe/log.h"

namespace usher {

struct Context {
  const Config& config;  // changes with a reload
  Log& log;
  Runtime& runtime;
  const Dialect& dialect;

  // What another init would say here; nothing where usher stands in for none.
  void say(std::string text) const {
    if (!text.empty()) log.verbatim(std::move(text));
  }
};

}  // namespace usher
