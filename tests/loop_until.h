// Turns a loop until something has happened.
#pragma once

#include <chrono>
#include <functional>

#include "init/loop/loop.h"

namespace usher {

// False when it did not happen within a time that is only there to end a hopeless test. No timer
// runs any more once it has happened, however late the loop is then.
inline bool loop_until(Loop& loop, const std::function<bool()>& happened) {
  bool given_up = false;
  Timer limit(loop);
  limit.start(std::chrono::minutes(5), [&] { given_up = true; });
  // Looks before each wait, for what timers have done, and after it, for the rest.
  std::function<void()> look = [&] {
    if (given_up || happened()) uv_stop(&loop.uv());
  };
  auto* const before_wait = new uv_prepare_t;  // both until the loop has closed them, some turn later
  auto* const after_wait = new uv_check_t;
  uv_prepare_init(&loop.uv(), before_wait);
  uv_check_init(&loop.uv(), after_wait);
  before_wait->data = after_wait->data = &look;
  uv_prepare_start(before_wait,
                   [](uv_prepare_t* uv) { (*static_cast<std::function<void()>*>(uv->data))(); });
  uv_check_start(after_wait,
                 [](uv_check_t* uv) { (*static_cast<std::function<void()>*>(uv->data))(); });
  while (!given_up && !happened()) uv_run(&loop.uv(), UV_RUN_DEFAULT);
  uv_close(reinterpret_cast<uv_handle_t*>(before_wait),
           [](uv_handle_t* uv) { delete reinterpret_cast<uv_prepare_t*>(uv); });
  uv_close(reinterpret_cast<uv_handle_t*>(after_wait),
           [](uv_handle_t* uv) { delete reinterpret_cast<uv_check_t*>(uv); });
  return happened();
}

}  // namespace usher
