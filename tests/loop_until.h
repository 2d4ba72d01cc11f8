// Turns a loop until something has happened.
#pragma once

#include <chrono>
#include <functional>

#include "init/loop/loop.h"

namespace usher {

// False when it did not happen within a time that is only there to end a hopeless test.
inline bool loop_until(Loop& loop, const std::function<bool()>& happened) {
  bool given_up = false;
  Timer limit(loop);
  limit.start(std::chrono::seconds(60), [&] { given_up = true; });
  // Looks again before each wait: a timer's callback may have been what was hoped for.
  std::function<void()> look = [&] {
    if (given_up || happened()) uv_stop(&loop.uv());
  };
  uv_prepare_t before_wait;
  uv_prepare_init(&loop.uv(), &before_wait);
  before_wait.data = &look;
  uv_prepare_start(&before_wait,
                   [](uv_prepare_t* uv) { (*static_cast<std::function<void()>*>(uv->data))(); });
  while (!given_up && !happened()) uv_run(&loop.uv(), UV_RUN_DEFAULT);
  bool closed = false;
  before_wait.data = &closed;
  uv_close(reinterpret_cast<uv_handle_t*>(&before_wait),
           [](uv_handle_t* uv) { *static_cast<bool*>(uv->data) = true; });
  while (!closed) uv_run(&loop.uv(), UV_RUN_NOWAIT);
  return happened();
}

}  // namespace usher
