// The fixed parts of the HTML report.
#pragma once

#include <string_view>

namespace weir::report {

// The policy lets nothing be fetched from anywhere, whatever a name in the report holds.
inline constexpr std::string_view kPageHead =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n";

inline constexpr std::string_view kPageStyle = R"css(<style>
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #1b2430; --soft: #5c6876; --line: #dfe3e8;
  --critical: #a8071a; --high: #c4430b; --medium: #8a6100; --low: #1d5fa8; --link: #1d5fa8; }
@media (prefers-color-scheme: dark) { :root { --back: #12161c; --card: #1a2029; --text: #e6eaf0; --soft: #9aa7b5;
  --line: #2d3642; --critical: #ff7b7b; --high: #ff9d5c; --medium: #e5c454; --low: #7ab4ff; --link: #7ab4ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
header, main { max-width: 1400px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 24px; }
h1 { font-size: 24px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 28px 0 8px; }
header p { color: var(--soft); margin: 4px 0 12px; }
#filter { width: 100%; max-width: 420px; padding: 8px 12px; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 16px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 18px; min-width: 110px; }
.tile b { display: block; font-size: 24px; } .tile span { color: var(--soft); }
.tile.critical b { color: var(--critical); } .tile.high b { color: var(--high); }
.tile.medium b { color: var(--medium); } .tile.low b { color: var(--low); }
.gaps { margin: 16px 0; padding: 10px 18px; list-style: none; border: 1px solid var(--medium); border-radius: 10px; }
section { overflow-x: auto; }
table.list { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); margin-bottom: 12px; }
.list th, .list td { text-align: left; vertical-align: top; padding: 6px 10px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.list th { color: var(--soft); font-weight: 600; white-space: nowrap; }
.list > thead th:first-child { min-width: 64px; }
td.number { white-space: nowrap; font-variant-numeric: tabular-nums; text-align: right; font-weight: 600; }
.badge { border: 1px solid currentColor; border-radius: 999px; padding: 0 8px; font-size: 12px; white-space: nowrap; }
.badge.critical, .badge.exploited { color: var(--critical); } .badge.high { color: var(--high); }
.badge.medium { color: var(--medium); } .badge.low { color: var(--low); }
summary { cursor: pointer; font-weight: 600; white-space: nowrap; }
.reasons td { padding: 2px 10px 2px 0; border: 0; vertical-align: top; }
td.where { min-width: 220px; } .soft { color: var(--soft); margin: 0 0 8px; } .places { margin: 8px 0; padding-left: 18px; }
.closed { opacity: .7; } code { font-size: 12px; } a { color: var(--link); }
</style>
)css";

inline constexpr std::string_view kPageScript = R"js(<script>
"use strict";
const rows = [...document.querySelectorAll("table.list > tbody > tr")].map(row => [row, row.textContent.toLowerCase()]);
document.getElementById("filter").addEventListener("input", event => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const [row, text] of rows) row.hidden = !words.every(word => text.includes(word));
});
</script>
)js";

}  // namespace weir::report
