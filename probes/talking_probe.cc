#include "probes/talking_probe.h"

#include <utility>

#include "init/base/duration.h"

namespace usher {

TalkingProbe::TalkingProbe(ProbeContext& context, Endpoint endpoint, std::string target,
                           std::string answer)
    : endpoint_(std::move(endpoint)),
      target_(std::move(target)),
      missing_("no " + std::move(answer)),
      conversation_(
          context.loop, context.resolver,
          [this](std::string_view bytes) {
            if (auto result = hear(bytes)) finish(std::move(*result));
          },
          [this](const std::string& how) { finish(not_yet(missing_ + ": " + how + std::string(doubt()))); },
          [this](std::string why) { finish(not_yet(std::move(why))); }),
      answer_(context.loop) {}

void TalkingProbe::start(Millis timeout, Done done) {
  answer_.expect(timeout, std::move(done), [this] {
    conversation_.expire(missing_ + " within " + format_duration(answer_.timeout()));
  });
  conversation_.start(endpoint_, open());
}

void TalkingProbe::ask_again() {
  if (answer_.expected()) conversation_.start(endpoint_, open());
}

void TalkingProbe::finish(ProbeResult result) {
  conversation_.cancel();
  answer_.give(std::move(result));
}

}  // namespace usher
