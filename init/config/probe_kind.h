// All that is known of one kind of probe, in one object: how it is written, read, shown and made.
//
// The objects are in probes/, one file a kind, and probes/kinds.cc lists them. The configuration
// reads probes through this interface alone, so it includes nothing that speaks to the network.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "init/config/keys.h"
#include "init/config/probe_config.h"

namespace usher {

class Probe;
struct ProbeContext;
struct ReadyValue;
struct Value;

class ProbeKind {
 public:
  std::string_view name;        // as the key `type` spells it
  std::span<const Key> keys{};  // beside `type`; their readers write into the kind's settings
  Choices schemes{};            // of the URL that `usher wait` takes; none: there is no such URL
  std::string_view url_form{};  // ... for people: "tcp://host:port"
  bool asks_service = false;    // the running service is what it looks at
  bool asks_publication = false;  // what readiness.publish does is, which begins with ready

  // Settings that begin with their defaults and are then filled in.
  virtual ProbeConfig filled(const std::function<void(void* settings)>& fill) const = 0;
  // What is wrong with keys that are each right by themselves; `whole`: no more are to come.
  virtual std::string problem(const ProbeConfig& probe, const Value& written, bool whole) const = 0;
  // From the URL of a target; `rest` is what follows its scheme, and "//" if the form has it. The
  // second is what is wrong, without secrets.
  virtual std::pair<ProbeConfig, std::string> from_url(std::string_view url,
                                                       std::string_view rest) const = 0;
  // What it asks, for people. No secrets.
  virtual std::string target(const ProbeConfig& probe) const = 0;
  // The host that it asks; empty for those that ask none.
  virtual std::string host(const ProbeConfig& probe) const = 0;
  // Whether a pass brings a value that can be exported.
  virtual bool finds_value(const ProbeConfig& probe) const = 0;
  // Configuration and context outlive what is made.
  virtual std::unique_ptr<Probe> make(const ProbeConfig& probe, ProbeContext& context) const = 0;

 protected:
  ~ProbeKind() = default;
};

// A kind out of its parts. Those that are left out stand for "none of it".
template <typename Settings>
class ProbeKindOf final : public ProbeKind {
 public:
  struct Parts {
    std::string_view name;
    std::span<const Key> keys{};
    Choices schemes{};
    std::string_view url_form{};
    bool asks_service = false;
    bool asks_publication = false;
    Settings (*standard)() = nullptr;  // the defaults, where they are not those of the type
    std::string (*problem)(const Settings&, const Value& written, bool whole) = nullptr;
    std::string (*read_url)(std::string_view url, std::string_view rest, Settings&) = nullptr;
    std::string (*target)(const Settings&) = nullptr;
    std::string (*host)(const Settings&) = nullptr;
    bool (*finds_value)(const Settings&) = nullptr;
    std::unique_ptr<Probe> (*make)(const Settings&, ProbeContext&) = nullptr;
  };

  constexpr explicit ProbeKindOf(const Parts& parts) : parts_(parts) {
    name = parts.name;
    keys = parts.keys;
    schemes = parts.schemes;
    url_form = parts.url_form;
    asks_service = parts.asks_service;
    asks_publication = parts.asks_publication;
  }

  ProbeConfig filled(const std::function<void(void*)>& fill) const override {
    Settings settings = standard();
    fill(&settings);
    return {*this, std::move(settings)};
  }
  std::string problem(const ProbeConfig& probe, const Value& written, bool whole) const override {
    return parts_.problem ? parts_.problem(own(probe), written, whole) : std::string();
  }
  std::pair<ProbeConfig, std::string> from_url(std::string_view url,
                                               std::string_view rest) const override {
    Settings settings = standard();
    std::string why = parts_.read_url(url, rest, settings);
    return {ProbeConfig(*this, std::move(settings)), std::move(why)};
  }
  std::string target(const ProbeConfig& probe) const override { return parts_.target(own(probe)); }
  std::string host(const ProbeConfig& probe) const override {
    return parts_.host ? parts_.host(own(probe)) : std::string();
  }
  bool finds_value(const ProbeConfig& probe) const override {
    return parts_.finds_value && parts_.finds_value(own(probe));
  }
  std::unique_ptr<Probe> make(const ProbeConfig& probe, ProbeContext& context) const override {
    return parts_.make(own(probe), context);
  }

 private:
  Settings standard() const { return parts_.standard ? parts_.standard() : Settings{}; }
  static const Settings& own(const ProbeConfig& probe) { return *probe.as<Settings>(); }

  Parts parts_;
};

// In the order of the reference. Defined in probes/kinds.cc.
std::span<const ProbeKind* const> probe_kinds();
const ProbeKind* find_probe_kind(std::string_view name);  // null if there is none

// Key by key, with `type` before all; one that several kinds have is there once, as the first has it.
Keys probe_keys();
// The kinds that have it, each with its own row; none: all kinds, as for `type`.
std::vector<std::pair<const ProbeKind*, const Key*>> kinds_with(std::string_view key);
// Null where the kind has none.
const Key* find_key(const ProbeKind& kind, std::string_view key);

// One with ${ready.value} in it, read again now that there is one; the second is why it cannot be.
std::pair<ProbeConfig, std::string> read_late_probe(const ProbeConfig& probe, const ReadyValue& ready);

// Of a probe that may not have been read: then nothing.
inline bool finds_value(const ProbeConfig& probe) {
  return probe.kind() && probe.kind()->finds_value(probe);
}
inline std::string host_of(const ProbeConfig& probe) {
  return probe.kind() && probe.late().empty() ? probe.kind()->host(probe) : std::string();
}

}  // namespace usher
