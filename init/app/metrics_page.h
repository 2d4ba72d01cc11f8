// What there is to measure, for Prometheus, and the answers to a kubelet's probes. Nothing of the
// life of the service reads it back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "init/app/context.h"
#include "init/app/farewell.h"
#include "init/app/life_report.h"
#include "init/app/status.h"
#include "init/lifecycle/supervisor.h"
#include "init/net/http_post.h"
#include "init/net/http_server.h"
#include "init/observe/metrics_text.h"
#include "init/app/family.h"

namespace usher {

class MetricsPage {
 public:
  // Adds the families of one part of the App.
  using Part = std::function<void(MetricsText&)>;
  struct Sources {
    const Supervisor& supervisor;
    const LifeReport& report;
    const Family& family;
    std::function<Status()> status;
    std::vector<Part> parts;
  };

  // All of them outlive it.
  MetricsPage(const Context& context, Sources sources)
      : context_(context), sources_(std::move(sources)) {}

  // Before the service runs, which could take the address for itself.
  void bind();
  // Answers from now on, where metrics.listen says so.
  void serve();
  void close();

  std::string text(MetricsText::Format format) const;
  // The figures of the whole life, for metrics.push.
  void add_farewell(std::vector<Farewell::Step>& steps);

 private:
  HttpAnswer answer(const HttpRequest& request) const;
  void add_state(MetricsText& text) const;
  void add_life(MetricsText& text) const;
  void add_end(MetricsText& text) const;
  void push(Millis limit, std::function<void()> done);
  void not_pushed(const std::string& why);

  Context context_;
  Sources sources_;
  std::unique_ptr<ListeningSocket> socket_;  // until it is served
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpPost> push_;  // under way at the end
};

// The probes mean what a kubelet does with them: one that is not live is killed, one that is not
// ready gets no traffic, and nothing else is asked before the start is over. Nothing for a path that
// is no probe's. Pure.
std::optional<HttpAnswer> answer_probe(std::string_view path, const Status& status);

}  // namespace usher
