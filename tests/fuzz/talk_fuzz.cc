// Answers of servers to probes that talk to them: however the bytes are cut, the same is made of them.
// The first byte chooses the kind.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "init/cli/wait_target.h"
#include "init/loop/loop.h"
#include "init/net/resolver.h"
#include "init/os/children.h"
#include "probes/make_probe.h"
#include "probes/talking_probe.h"

using namespace usher;

namespace {

struct World {
  Loop loop;
  Resolver resolver{loop};
  Children children{[](SpawnRequest&) { return std::string("nothing is started here"); }};
  ProbeContext context{loop, resolver, children, nullptr};
  std::vector<std::pair<ProbeConfig, std::unique_ptr<Probe>>> probes;
  std::size_t plain = 0;  // so many of them begin without TLS

  World() {
    add_kinds("://server:1/name");
    add(parse_wait_target("libp2p://server:1"));
    add(parse_wait_target("libp2p:/dns/server/tcp/1/ws"));
    plain = probes.size();
    add_kinds("://server:1/name?tls=true");
    if (plain == 0) std::abort();
  }

  // Each kind that can be written with it and talks.
  void add_kinds(const std::string& rest) {
    for (const ProbeKind* const kind : probe_kinds())
      if (!kind->schemes.empty()) add(parse_wait_target(std::string(kind->schemes.front()) + rest));
  }

  void add(const WaitTarget& target) {
    if (!target.problem.empty()) return;
    auto& [config, probe] = probes.emplace_back(target.probe, nullptr);
    probe = make_probe(config, context);
    if (!dynamic_cast<TalkingProbe*>(probe.get())) probes.pop_back();
  }
};

std::string said_of(TalkingProbe& probe, std::string_view bytes, std::size_t most) {
  probe.open();
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, most);
    bytes.remove_prefix(part.size());
    if (const auto result = probe.hear(part)) return std::to_string(int(result->verdict)) + result->reason;
  }
  return "nothing";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World& world = *new World;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t chosen = data[0] % world.probes.size();
  auto& probe = dynamic_cast<TalkingProbe&>(*world.probes[chosen].second);
  const std::string slowly = said_of(probe, bytes, 1), fast = said_of(probe, bytes, 8192);
  // Where TLS begins, what came with the last plain bytes is refused, and what comes later is heard.
  const bool upgrades = chosen >= world.plain || bytes.find("\"tls_required\":true") != bytes.npos;
  if (!upgrades && (slowly == "nothing") != (fast == "nothing")) std::abort();
  return 0;
}
