// What readiness.publish has written is in Redis, as far as usher knows. The key itself says less: of a
// list, an element that is gone may have been taken by the one that it was meant for.
#include <memory>
#include <optional>
#include <utility>

#include "probes/answer.h"
#include "probes/context.h"
#include "probes/kind.h"

namespace usher {
namespace {

struct PublishedProbe {
  bool operator==(const PublishedProbe&) const = default;
};

constexpr char kTarget[] = "readiness.publish";

// The service is ready before the server has answered: that is no fault yet, so a run waits for the
// first answer, as long as it may.
class PublishedLook final : public Probe {
 public:
  explicit PublishedLook(ProbeContext& context)
      : target_(kTarget), service_(context.service), answer_(context.loop), again_(context.loop) {}

  void start(Millis timeout, Done done) override {
    answer_.expect(timeout, std::move(done), [this] {
      again_.cancel();
      answer_.give(not_yet("not written yet"));
    });
    if (auto result = look())
      answer_.give_later(std::move(*result));
    else
      look_again();
  }
  const std::string& target() const override { return target_; }

 private:
  static constexpr Millis kPause{20};

  void look_again() {
    again_.start(kPause, [this] {
      if (auto result = look()) return answer_.give(std::move(*result));
      look_again();
    });
  }

  std::optional<ProbeResult> look() const {
    if (service_ == nullptr) return misconfigured("only PID 1 can ask this about its service");
    const Publication publication = service_->publication();
    if (publication.written && publication.problem.empty()) return passed();
    if (publication.written)
      return not_yet("written, and nobody can tell whether it is still there: " + publication.problem);
    if (publication.problem.empty()) return std::nullopt;
    return not_yet("not written: " + publication.problem);
  }

  const std::string target_;
  const ServiceView* const service_;
  Answer answer_;
  Timer again_;
};

std::unique_ptr<Probe> make_look(const PublishedProbe&, ProbeContext& context) {
  return std::make_unique<PublishedLook>(context);
}

constexpr ProbeKindOf<PublishedProbe> kKind({
    .name = "published",
    .asks_service = true,
    .asks_publication = true,
    .target = [](const PublishedProbe&) { return std::string(kTarget); },
    .make = make_look,
});

}  // namespace

namespace probe_kind {
const ProbeKind& published = kKind;
}

}  // namespace usher
