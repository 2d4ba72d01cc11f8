// What goes over the control socket: a request is one line of JSON, and so is each answer. One
// request a connection.
//
//   {"v":1,"ask":"health","checks":["redis"],"level":"ready","wait_ms":30000,"hold_ms":30000}
//   {"v":1,"healthy":true,"state":"ready","level":"ready","reason":"...","checks":[...]}
//   {"v":1,"ask":"status"}       one {"v":1,"status":{...}}
//   {"v":1,"ask":"watch"}        the same now and after each change, until somebody hangs up
//   {"v":1,"ask":"metrics"}      one {"v":1,"metrics":"# TYPE ..."}: OpenMetrics
//   {"v":1,"ask":"coordination"} one {"v":1,"coordination":{"redis":"...","namespace":"...","expects":[]}}
//   {"v":1,"ask":"stop"}         also restart, reload, and signal with "signal":15
//   {"v":1,"done":"..."}         a command has been carried out
//   {"v":1,"error":"..."}        it has not, or the request is none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/config/config.h"
#include "init/control/health_answer.h"
#include "init/control/snapshot.h"

namespace usher {

inline constexpr int kControlVersion = 1;
inline constexpr std::size_t kRequestMost = 4096;  // bytes, with the line's end
inline constexpr Millis kWaitMost{365LL * 24 * 3600 * 1000};

enum class Ask : std::uint8_t { health, status, watch, metrics, coordination, stop, restart, reload, signal };

std::string_view to_string(Ask) noexcept;
std::optional<CheckLevel> parse_level(std::string_view word) noexcept;
// Commands change something: not everybody may give them.
constexpr bool is_command(Ask ask) noexcept { return ask >= Ask::stop; }

struct ControlRequest {
  Ask ask = Ask::status;
  std::vector<std::string> checks;  // health: names; none: all of the service
  CheckLevel level = CheckLevel::ready;  // health: what of the service counts
  Millis wait{0};                   // health: how long the answer may take while it comes up
  Millis hold{0};                   // health: and while it is no other than it was
  int signal = 0;                   // signal: 1 to 64
  bool operator==(const ControlRequest&) const = default;
};

struct ReadRequest {
  std::optional<ControlRequest> request;
  std::string problem;  // where there is none
};

// `line` is without its end.
ReadRequest read_request(std::string_view line);
std::string to_json(const ControlRequest& request);

// Answers, each a line with its end.
std::string health_line(const HealthAnswer& answer, CheckLevel level, const Snapshot& snapshot);
std::string status_line(const Snapshot& snapshot);
std::string metrics_line(std::string_view text);
std::string coordination_line(const CoordinationConfig& config);
// Of an answer to `coordination`. What is missing or of another type is left empty.
CoordinationConfig coordination_from(const Json& json);
std::string done_line(std::string_view text);
std::string error_line(std::string_view why);

}  // namespace usher
