// The service has printed a line.
#include <utility>

#include "init/base/duration.h"
#include "init/base/text.h"
#include "init/config/probe_rows.h"
#include "probes/kind.h"
#include "probes/service_probe.h"

namespace usher {
namespace {

std::string target_text(const LineProbe& config) {
  std::string text = config.on_stdout && config.on_stderr ? "stdout and stderr"
                     : config.on_stdout                   ? "stdout"
                                                          : "stderr";
  if (config.multiaddr) return text + " multiaddr";
  return config.pattern.empty() ? text : text + ' ' + in_quotes(config.pattern);
}

class LineLook final : public ServiceProbe<LineProbe> {
 public:
  LineLook(const LineProbe& config, ProbeContext& context)
      : ServiceProbe(config, context, target_text(config)) {}

 private:
  ProbeResult look_at(const ServiceView& service) override {
    if (config_.max_silence > Millis{0}) return listen(service);
    if (auto found = service.line_found(config_)) return passed(std::move(*found));
    const std::string last = service.last_line();
    if (last.empty()) return not_yet("nothing has been printed yet");
    const std::string few = config_.count == 1 ? "no line has matched"
                                               : "fewer than " + std::to_string(config_.count) + " lines have matched";
    return not_yet(few + "; the last one is " + in_quotes(last));
  }
  ProbeResult listen(const ServiceView& service) const {
    const auto silent = service.silent_for(config_);
    if (!silent) return not_yet("it is not ready yet");
    if (*silent <= config_.max_silence) return passed();
    const bool any = config_.pattern.empty() && !config_.multiaddr;
    const std::string last = service.last_line();
    return not_yet((any ? "no output for " : "no line that matches for ") + format_duration(*silent) +
                   ", max_silence is " + format_duration(config_.max_silence) +
                   (last.empty() ? "" : "; the last line is " + in_quotes(last)));
  }
};

constexpr std::string_view kStreams[] = {"stdout", "stderr", "both"};

void read_stream(Site& site, Value& value, void* record) {
  const auto index = read_choice(site, value);
  if (!index) return;
  LineProbe& probe = *static_cast<LineProbe*>(record);
  probe.on_stdout = kStreams[*index] != "stderr";
  probe.on_stderr = kStreams[*index] != "stdout";
}

constexpr Key kKeys[] = {
    rows::kMatch<&LineProbe::multiaddr>,
    rows::kPattern<&LineProbe::pattern>,
    rows::kIgnoreCase<&LineProbe::ignore_case>,
    {.path = "stream",
     .type = KeyType::choice,
     .help = "Where to look instead of the stream that the type names.",
     .read = read_stream,
     .choices = one_of(kStreams)},
    rows::kAllowLoopback<&LineProbe::allow_loopback>,
    {.path = "count",
     .type = KeyType::integer,
     .fallback = "1",
     .help = "So many lines have to match; what is found is found in the last of them.",
     .read = into<&LineProbe::count>,
     .least = 1,
     .most = 1e6},
    {.path = "max_silence",
     .type = KeyType::duration,
     .fallback = R"("0s")",
     .help = "For a health check: the longest time from one line that matches to the next, or between any two "
             "outputs where nothing is looked for. It begins when the service is ready.",
     .read = into<&LineProbe::max_silence>},
};

std::string problem_of(const LineProbe& probe, const Value& written, bool whole) {
  const bool listens = probe.max_silence > Millis{0};
  if (listens && written.find("count")) return "count is about what is seen once; max_silence has no end";
  if (whole && !written.find("match") && !written.find("pattern") && !listens)
    return "expected what to look for: match = \"multiaddr\", or pattern = '...'";
  return rows::pattern_problem(written, whole, probe.ignore_case);
}

template <bool out>
LineProbe standard() {
  LineProbe probe;
  (out ? probe.on_stdout : probe.on_stderr) = true;
  return probe;
}

constexpr ProbeKindOf<LineProbe> kind(std::string_view name, LineProbe (*defaults)()) {
  return ProbeKindOf<LineProbe>({
      .name = name,
      .keys = kKeys,
      .asks_service = true,
      .standard = defaults,
      .problem = problem_of,
      .target = target_text,
      .make = make_run<LineLook, LineProbe>,
  });
}
constexpr auto kOut = kind("stdout", standard<true>);
constexpr auto kErr = kind("stderr", standard<false>);

}  // namespace

namespace probe_kind {
const ProbeKind& stdout_lines = kOut;
const ProbeKind& stderr_lines = kErr;
}  // namespace probe_kind
const ProbeKind& probe_kind_of(const LineProbe& probe) { return probe.on_stdout ? kOut : kErr; }

}  // namespace usher
