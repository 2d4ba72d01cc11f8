// A timeline as one page of HTML that needs nothing else: no script, no font, no picture from
// anywhere. Bars are SVG; light or dark is what its reader prefers.
#pragma once

#include <string>
#include <string_view>

#include "init/timeline/timeline.h"

namespace usher {

std::string report_page(const Timeline& timeline);

// Whatever a service has printed, as text between tags or within a quoted attribute.
std::string html_escaped(std::string_view text);

}  // namespace usher
