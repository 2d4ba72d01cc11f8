// Turns a loop until something has happened.
#pragma once

#include <chrono>
#include <functional>

#include "init/loop/loop.h"

namespace usher {

// False when it did not happen within a time that is only there to end a hopeless test. Its timers
// do not run any more once it has happened: what is so then is so when this returns.
inline bool loop_until(Loop& loop, const std::function<bool()>& happened) {
  bool given_up = false;
  Timer limit(loop);
  limit.start(std::chrono::minutes(5), [&] { given_up = true; });
  // Looks again before each wait: a timer's callback may have been what was hoped for.
  std::function<void()> look = [&] {
    if (given_up || happened()) uv_stop(&loop.uv());
  };
  auto* const before_wait = new uv_prepare_t;  // until the loop has closed it, in some later turn
  uv_prepare_init(&loop.uv(), before_wait);
  before_wait->data = &look;
  uv_prepare_start(before_wait,
                   [](uv_prepare_t* uv) { (*static_cast<std::function<void()>*>(uv->data))(); });
  while (!given_up && !happened()) uv_run(&loop.uv(), UV_RUN_DEFAULT);
  uv_close(reinterpret_cast<uv_handle_t*>(before_wait),
           [](uv_handle_t* uv) { delete reinterpret_cast<uv_prepare_t*>(uv); });
  return happened();
}

}  // namespace usher
