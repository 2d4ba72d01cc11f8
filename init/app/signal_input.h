// The signals that usher gets, and where each of them goes.
#pragma once

#include <memory>

#include "init/app/context.h"
#include "init/app/family.h"
#include "init/app/farewell.h"
#include "init/app/service.h"
#include "init/lifecycle/supervisor.h"
#include "init/os/signals.h"

namespace usher {

class SignalInput {
 public:
  // All of them outlive it.
  SignalInput(const Context& context, Supervisor& supervisor, Family& family, Service& service,
              Farewell& farewell)
      : context_(context),
        supervisor_(supervisor),
        family_(family),
        service_(service),
        farewell_(farewell) {}

  // Blocks all signals and collects them. Returns 0 or errno.
  [[nodiscard]] int open() { return signals_.open(); }
  // Takes what has come so far, and passes it on.
  void read();
  // ... and from now on whenever one comes. Returns 0 or errno.
  [[nodiscard]] int watch();

 private:
  void take(const ReceivedSignal& received);

  Context context_;
  Supervisor& supervisor_;
  Family& family_;
  Service& service_;
  Farewell& farewell_;
  SignalDescriptor signals_;
  std::unique_ptr<Poll> poll_;  // goes before what it watches
};

}  // namespace usher
