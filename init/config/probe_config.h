// A probe as configured: its kind, and settings of a type that belongs to the kind.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

namespace usher {

class ProbeKind;

class ProbeConfig {
 public:
  ProbeConfig() = default;  // of no kind, until one has been read
  template <typename Settings>
  ProbeConfig(const ProbeKind& kind, Settings settings)
      : kind_(&kind), settings_(std::make_shared<Held<Settings>>(std::move(settings))) {}
  // From settings that say themselves of which kind they are.
  template <typename Settings>
    requires requires(const Settings& settings) {
      { probe_kind_of(settings) } -> std::same_as<const ProbeKind&>;
    }
  ProbeConfig(Settings settings) : kind_(&probe_kind_of(settings)) {
    settings_ = std::make_shared<Held<Settings>>(std::move(settings));
  }

  // Null before anything has been read.
  const ProbeKind* kind() const { return kind_; }
  // Where ${ready.value} is in it: the whole probe as TOML. Its settings have examples in that place until
  // read_late_probe() reads it again.
  const std::string& late() const { return late_; }
  void set_late(std::string toml) { late_ = std::move(toml); }
  // The settings, if they are of that type; they live as long as any copy of this.
  template <typename Settings>
  const Settings* as() const {
    const auto* const held = dynamic_cast<const Held<Settings>*>(settings_.get());
    return held ? &held->value : nullptr;
  }

  bool operator==(const ProbeConfig& other) const {
    return kind_ == other.kind_ && late_ == other.late_ &&
           (settings_ == other.settings_ || settings_->equals(*other.settings_));
  }

 private:
  struct AnySettings {
    virtual ~AnySettings() = default;
    virtual bool equals(const AnySettings& other) const = 0;  // which is of the same type
  };
  template <typename Settings>
  struct Held final : AnySettings {
    explicit Held(Settings settings) : value(std::move(settings)) {}
    bool equals(const AnySettings& other) const override {
      return value == static_cast<const Held&>(other).value;
    }
    const Settings value;
  };

  const ProbeKind* kind_ = nullptr;
  std::shared_ptr<const AnySettings> settings_;
  std::string late_;
};

}  // namespace usher
