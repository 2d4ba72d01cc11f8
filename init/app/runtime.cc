#include "init/app/runtime.h"

#include "init/os/fd.h"

namespace usher {

Loop& Runtime::loop() {
  if (loop_) return *loop_;
  // libuv aborts where it gets no pipe for its signals, so it is not asked then.
  constexpr int kNeeded = 8;
  if (has_room_for_descriptors(kNeeded)) loop_ = std::make_unique<Loop>();
  if (!loop_ || loop_->error() != 0)
    refused_("cannot make an event loop: too few descriptors are left");
  return *loop_;
}

Resolver& Runtime::resolver() {
  if (!resolver_) {
    resolver_ = std::make_unique<Resolver>(loop());
    resolver_->set_tls(tls_);
  }
  return *resolver_;
}

}  // namespace usher
