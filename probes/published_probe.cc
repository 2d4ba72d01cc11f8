// What readiness.publish has written is in Redis, as far as usher knows. The key itself says less: of a
// list, an element that is gone may have been taken by the one that it was meant for.
#include <utility>

#include "probes/kind.h"
#include "probes/service_probe.h"

namespace usher {
namespace {

struct PublishedProbe {
  bool operator==(const PublishedProbe&) const = default;
};

constexpr char kTarget[] = "readiness.publish";

class PublishedLook final : public ServiceProbe<PublishedProbe> {
 public:
  PublishedLook(const PublishedProbe& config, ProbeContext& context)
      : ServiceProbe(config, context, kTarget) {}

 private:
  ProbeResult look_at(const ServiceView& service) override {
    const Publication publication = service.publication();
    if (!publication.written)
      return not_yet(publication.problem.empty() ? "not written yet" : "not written: " + publication.problem);
    if (!publication.problem.empty())
      return not_yet("written, and nobody can tell whether it is still there: " + publication.problem);
    return passed();
  }
};

constexpr ProbeKindOf<PublishedProbe> kKind({
    .name = "published",
    .asks_service = true,
    .asks_publication = true,
    .target = [](const PublishedProbe&) { return std::string(kTarget); },
    .make = make_run<PublishedLook, PublishedProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& published = kKind;
}

}  // namespace usher
