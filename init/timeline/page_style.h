// How the page looks. Texts have a contrast of at least 4.5 to what they stand on, bars of 3.
#pragma once

#include <string_view>

namespace usher {

inline constexpr std::string_view kPageStyle = R"css(
:root{--page:#f6f7f9;--card:#fff;--ink:#111827;--soft:#4b5563;--line:#d7dbe2;--on:#fff;
--waiting:#64748b;--starting:#b45309;--ready:#15803d;--unhealthy:#c01c28;--backoff:#7e22ce;--stopping:#0369a1;
--good:#15803d;--bad:#c01c28}
@media (prefers-color-scheme:dark){:root{--page:#0d1117;--card:#161b22;--ink:#e6edf3;--soft:#a3adb9;
--line:#30363d;--on:#0b1016;--waiting:#8b98a9;--starting:#f0b64a;--ready:#4cc266;--unhealthy:#ff7b72;
--backoff:#c297ff;--stopping:#58b4f5;--good:#4cc266;--bad:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1200px;margin:0 auto;padding:28px 20px 40px}
h1{font-size:24px;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:16px;margin:0;overflow-wrap:anywhere;min-width:0}
.when{margin:4px 0 16px;color:var(--soft)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 14px;padding:0;font-size:14px}
.legend li{display:flex;align-items:center;gap:7px}
.key{width:16px;height:16px;border-radius:3px}
.key.waiting,.key.backoff{height:7px}
.axis{position:sticky;top:0;z-index:1;background:var(--page);padding:2px 17px;border-bottom:1px solid var(--line)}
svg{display:block;overflow:visible;font-size:13px;font-variant-numeric:tabular-nums}
.axis text{fill:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px 12px;margin-top:12px}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:2px 16px;margin-bottom:8px}
.outcome{margin:0}
.good b{color:var(--good)}
.bad,.bad b{color:var(--bad)}
.grid{stroke:var(--line)}
.sums{margin:8px 0 0;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:5.4em minmax(0,1fr);gap:1px 12px;margin:8px 0 0;font-size:14px}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
g text{fill:var(--on);font-weight:600}
.waiting{fill:var(--waiting)}.starting{fill:var(--starting)}.ready{fill:var(--ready)}
.unhealthy{fill:var(--unhealthy)}.backoff{fill:var(--backoff)}.stopping{fill:var(--stopping)}
.key.waiting{background:var(--waiting)}.key.starting{background:var(--starting)}
.key.ready{background:var(--ready)}.key.unhealthy{background:var(--unhealthy)}
.key.backoff{background:var(--backoff)}.key.stopping{background:var(--stopping)}
@media (max-width:640px){main{padding:18px 10px 28px}.wide{display:none}}
@media print{:root{--page:#fff}section{break-inside:avoid}.axis{position:static}}
)css";

}  // namespace usher
