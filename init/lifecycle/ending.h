// Why a life has failed, in words: what was asked, what was seen last, and which setting governs it. Pure.
#pragma once

#include <string>
#include <vector>

#include "init/config/config.h"
#include "init/lifecycle/policy.h"
#include "init/lifecycle/report.h"

namespace usher {

// What was seen last of all that can end a life; empty where nothing was.
struct LastSeen {
  std::vector<AwaitedDependency> dependencies{};
  std::string missing{};  // for which the last start was not ready, or the life over
  std::string line{};     // of its output, where one was waited for
  std::string check{};    // "http: refused, 3 times in a row"
  std::string hook{};     // "hooks.pre_start: /setup ended with code 3"
  std::string left{};     // what had to be killed
};

// An end that nobody has asked for like that.
bool is_failure(const Verdict& verdict);

// One line of at most kDetailMost bytes; empty where the life has not failed.
inline constexpr std::size_t kDetailMost = 512;
std::string detail_of(const Verdict& verdict, const Life& life, const Config& config, const LastSeen& seen);

// The report, as one JSON object, of a life of which nothing more will be heard after this. At most `most`
// bytes, if need be by leaving out what is in it beside why and when.
std::string report_without_a_word(Report report, LastHeard last, std::size_t most);

// "not ready within 1s, the limit of readiness.timeout: no line ..."
std::string not_ready_text(const Config& config, std::string_view missing);

}  // namespace usher
