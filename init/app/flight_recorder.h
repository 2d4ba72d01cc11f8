// Keeps the termination message current while the service lives: how it is and since when, what is
// missing or failing, what memory is in use. Where the kernel kills all of the container at once, usher
// included, that is what there is to be read; every other end replaces it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "init/app/audience.h"
#include "init/app/context.h"
#include "init/app/life_report.h"
#include "init/app/service.h"
#include "init/loop/end_of_turn.h"
#include "init/observe/kept_message.h"
#include "init/os/cgroup.h"

namespace usher {

class FlightRecorder final : public LifeListener {
 public:
  using Micros = std::chrono::microseconds;

  struct Sources {
    LifeReport& report;
    const Service& service;
    std::function<Status()> status;
    std::function<Report()> so_far;  // what the report would be if all were over now
  };
  // All of them outlive it.
  FlightRecorder(const Context& context, Sources sources)
      : context_(context), from_(std::move(sources)), again_(context.runtime) {}

  // The life begins. From here on there is a message whenever the end comes.
  void begin();
  void changed() override;
  // Before there is a loop, and what comes last.
  void settled() override;
  // What is in use has been looked at, or is about to be all that there is.
  void used();
  // The file may be another one.
  void config_changed();
  // Something else takes its place.
  void end();

 private:
  void record(bool used = false);
  bool has_moved(const LastHeard& now) const;
  void listen_to_lines();
  LastHeard heard() const;
  void measure(LastHeard& heard);

  Context context_;
  Sources from_;
  LazyTimer again_;
  KeptMessage message_;
  std::string path_;  // of the message; empty where there is none
  std::unique_ptr<EndOfTurn> end_of_turn_;
  std::optional<Cgroup> group_;
  std::string told_, line_;  // what has to differ for another message; the line that was told
  std::uint64_t memory_ = 0;  // that was told
  Micros looked_at_{0}, written_at_{0};
  bool changed_ = false;
};

}  // namespace usher
