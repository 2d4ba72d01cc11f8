// Tells the log what happens to the service, as it happens.
#pragma once

#include <string>

#include "init/app/audience.h"
#include "init/app/context.h"
#include "init/app/service.h"

namespace usher {

class Narrator final : public LifeListener {
 public:
  // All of them outlive it.
  Narrator(const Context& context, const Service& service) : context_(context), service_(service) {}

  void moved(const Transition& transition, const Facts& facts) override;
  void settled() override;
  // All is over, and went wrong.
  void failed(const Verdict& verdict, const std::string& detail);
  // What the service has left gets this signal.
  void draining(int signo, const std::string& names);
  // All that is left gets SIGKILL. Returns why, where that was not wanted: it took too long.
  std::string killing(const std::string& names);

 private:
  void not_ready(const Facts& facts);
  void stopping();

  Context context_;
  const Service& service_;
  std::string missing_;              // for the start that a stop has overtaken
  std::optional<StopRequest> stop_;  // to be told once the signal is out, which nobody may hold up
};

}  // namespace usher
