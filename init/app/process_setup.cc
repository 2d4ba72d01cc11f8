#include "init/app/process_setup.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "init/os/fd.h"
#include "init/os/outer_notify.h"

namespace usher {

namespace {

NoNewPrivs no_new_privs(const ServiceConfig& service, const Identity* who) {
  if (service.no_new_privs) return *service.no_new_privs ? NoNewPrivs::on : NoNewPrivs::off;
  return who != nullptr && who->uid != 0 ? NoNewPrivs::unless_wanted : NoNewPrivs::off;
}

}  // namespace

std::optional<SpawnFailure> ProcessSetup::find_user() {
  const std::string& user = context_.config.service.user;
  if (user.empty() || identity_) return std::nullopt;
  IdentityResult found = find_identity(user);
  if (!found.problem.empty()) {
    context_.log.error("config").add("key", "service.user").add("message", found.problem);
    return SpawnFailure{SpawnFailure::Kind::config, "service.user: " + found.problem};
  }
  identity_ = std::move(found.identity);
  return std::nullopt;
}

std::optional<SpawnFailure> ProcessSetup::prepare(SpawnRequest& request, AbsentFiles absent) {
  context_.log.release();  // what was said so far stands before its output
  const ServiceConfig& service = context_.config.service;
  if (auto failure = find_user()) return failure;
  const Identity* who = identity_ ? &*identity_ : nullptr;
  EnvironmentResult environment = service_environment(service, who, environment_, absent);
  if (!environment.problem.empty()) {
    context_.log.error("config")
        .add("key", "service.environment_files")
        .add("message", environment.problem);
    return SpawnFailure{SpawnFailure::Kind::config, "service.environment_files: " + environment.problem};
  }
  request.environment = std::move(environment.entries);
  // Where readiness has conditions it is usher who says outwards that they hold.
  if (const std::string outer = outer_notify_address(environment_);
      !outer.empty() && context_.config.readiness.configured())
    std::erase(request.environment, "NOTIFY_SOCKET=" + outer);
  for (const auto& [name, value] : start_) set_variable(request.environment, name, value);
  for (const auto& [name, value] : exports_) set_variable(request.environment, name, value);
  if (trace_parent_) set_variable(request.environment, "TRACEPARENT", trace_parent_());
  if (service.workdir.empty()) request.first_directory = first_directory_;
  request.workdir = service.workdir;
  request.umask = service.umask;
  request.no_new_privs = no_new_privs(service, who);
  request.capabilities = service.capabilities;
  request.limits = &service.limits;
  // Nothing is to be changed where we are that user already, and without privileges nothing can.
  const bool same = who != nullptr && who->uid == ::geteuid() && who->gid == ::getegid();
  if (!same || ::geteuid() == 0) request.identity = who;
  request.signals = inherited_;
  return std::nullopt;
}

void ProcessSetup::leave_directory() {
  if (std::exchange(has_left_, true)) return;
  char directory[4096];
  if (::getcwd(directory, sizeof directory) != nullptr) first_directory_ = directory;
  static_cast<void>(::chdir("/") == 0);
}

std::string ProcessSetup::prepare_helper(SpawnRequest& request) {
  const bool wrong = prepare(request, AbsentFiles::passed_over).has_value();
  return wrong ? "its user or environment cannot be set up" : "";
}

bool may_start_again(const Config& config, const Life& life) {
  const auto restarts = [](const HealthConfig& check) {
    return check.on_failure == OnFailure::restart;
  };
  return config.restart.policy != RestartPolicy::never ||
         std::any_of(config.health.begin(), config.health.end(), restarts) ||
         config.resources.on_oom == OnOom::restart ||
         (config.readiness.configured() && !life.ever_ready);
}

void ProcessSetup::close_descriptors() { closed_ += close_inherited_descriptors(); }

std::string ProcessSetup::missing_descriptors() const {
  if (closed_ == 0) return {};
  return "usher has closed what it was given for it besides 0, 1 and 2 (" + std::to_string(closed_) +
         " open), since it was to be started once; it keeps them with restart.policy "
         "\"on-failure\" "
         "or \"always\"";
}

}  // namespace usher
