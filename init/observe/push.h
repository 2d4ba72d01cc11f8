// The push of metrics to a Pushgateway.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "init/config/config.h"
#include "init/net/http_post.h"

namespace usher {

// "/metrics/job/nightly/instance/a": where the gateway that is at `base` keeps a group. `labels`
// has a job.
std::string push_path(std::string_view base, const std::map<std::string, std::string>& labels);

// Replaces what the group has of the same names and leaves the rest, which may be the service's
// own: a POST, in the gateway's words. `figures` is in the older text format, which all of its
// versions read.
PostRequest push_request(const MetricsConfig& config, const std::string& service,
                         std::string figures);

}  // namespace usher
