#include "attune/eval/report/page/page_style.h"

namespace attune {

std::string_view page_style() {
  return R"css(:root {
  color-scheme: light dark;
  --paper: #f6f6f3; --card: #ffffff; --line: #e3e2dc; --grid: #eceae4; --ink: #1d1f24;
  --soft: #666a73; --right: 38, 96, 190; --wrong: 200, 72, 40; --on: #ffffff;
  --c0: #2a62c0; --c1: #d0672a; --c2: #2b8a64; --c3: #8a4fb5; --c4: #b88a00; --c5: #5b6572;
}
@media (prefers-color-scheme: dark) { :root {
  --paper: #121316; --card: #1a1c20; --line: #2d3036; --grid: #26292e; --ink: #e7e8ea;
  --soft: #9ba0a9; --right: 74, 134, 240; --wrong: 226, 98, 62; --on: #ffffff;
  --c0: #7ba7f7; --c1: #f0995c; --c2: #5fc79c; --c3: #c396ea; --c4: #dfba4a; --c5: #a5adb9;
} }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 36px 28px 48px; max-width: 1180px; background: var(--paper);
  color: var(--ink); font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
    "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { font-size: 27px; line-height: 1.2; letter-spacing: -.015em; font-weight: 650; margin: 0;
  overflow-wrap: anywhere; }
header p { margin: 6px 0 0; color: var(--soft); overflow-wrap: anywhere; }
h2 { font-size: 18px; letter-spacing: -.01em; font-weight: 650; margin: 0; }
h3 { font-size: 13px; font-weight: 650; margin: 0 0 10px; display: flex; flex-wrap: wrap;
  justify-content: space-between; gap: 2px 14px; }
.note { font-weight: 400; color: var(--soft); }
.muted { color: var(--soft); margin: 0; }
p.under { color: var(--soft); font-size: 13px; margin: 10px 0 0; max-width: 75ch; }
.strip { display: grid; grid-template-columns: repeat(auto-fit, minmax(142px, 1fr));
  margin: 24px 0 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  overflow: hidden; }
.strip div { padding: 13px 16px 12px; display: flex; flex-direction: column; min-width: 0;
  box-shadow: 1px 0 var(--line), 0 1px var(--line), 1px 1px var(--line); }
.strip span { color: var(--soft); font-size: 12px; }
.strip b { font-size: 25px; line-height: 1.25; font-weight: 600; letter-spacing: -.02em;
  overflow-wrap: anywhere; }
.strip small { color: var(--soft); font-size: 12px; overflow-wrap: anywhere; }
nav { position: sticky; top: 0; z-index: 2; display: flex; gap: 4px 20px; overflow-x: auto;
  margin: 20px -28px 0; padding: 9px 28px; background: var(--paper);
  border-bottom: 1px solid var(--line); white-space: nowrap; font-size: 13px; }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--c0); }
section { padding-top: 28px; scroll-margin-top: 22px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 14px 16px; min-width: 0; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr));
  gap: 14px; align-items: start; }
section > * + *, .stack > * + * { margin-top: 14px; }
.stack { min-width: 0; }
.flow { columns: 3 290px; column-gap: 14px; }
.flow > .card { break-inside: avoid; margin: 0 0 14px; }
.scroll { overflow-x: auto; }
.tall { max-height: 640px; overflow-y: auto; }
.tall .scroll { overflow: visible; }
.tall thead th { position: sticky; top: 0; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: 5px 10px 5px 0; vertical-align: baseline;
  border-bottom: 1px solid var(--grid); overflow-wrap: break-word; }
th { color: var(--soft); font-weight: 500; font-size: 12px; white-space: nowrap; }
thead th { border-bottom-color: var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
th.n, td.n { text-align: right; padding: 5px 0 5px 14px; white-space: nowrap; }
td.n .bar { margin-right: 12px; }
th.n + th:not(.n), td.n + td:not(.n) { padding-left: 24px; }
tr.sum td { font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(96px, max-content) 1fr; margin: 0; font-size: 13px; }
dt, dd { padding: 4px 0; border-bottom: 1px solid var(--grid); }
dt { color: var(--soft); overflow-wrap: anywhere; }
dd { margin: 0; padding-left: 16px; text-align: right; overflow-wrap: anywhere; }
dt:last-of-type, dd:last-of-type { border-bottom: 0; }
.bar { display: inline-block; width: 88px; height: 7px; border-radius: 2px; background: var(--grid);
  vertical-align: 1px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--c0); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 0 0 4px; font-size: 12px;
  color: var(--soft); }
.legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px;
  vertical-align: 3px; background: currentColor; }
svg.plot { display: block; width: 100%; min-width: 330px; max-width: 680px; height: auto; margin: 0 auto; }
svg text { font-size: 11.5px; fill: var(--soft); }
svg .title { font-size: 11.5px; }
svg .small { font-size: 10.5px; }
svg .grid { stroke: var(--grid); }
svg .axis { stroke: var(--line); }
svg .mark { stroke: var(--soft); stroke-dasharray: 2 3; }
svg .diagonal { stroke: var(--soft); stroke-dasharray: 5 4; }
svg .line { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round;
  stroke-linecap: round; }
svg .faint { stroke-opacity: .28; stroke-width: 1; }
svg .dot { fill: currentColor; stroke: var(--card); stroke-width: 1.5; }
svg .point { fill: currentColor; fill-opacity: .42; }
svg rect { fill: currentColor; }
svg .over { fill: var(--c1); fill-opacity: .5; }
svg .under { fill-opacity: .35; }
.legend .under { opacity: .45; }
.s0 { color: var(--c0); } .s1 { color: var(--c1); } .s2 { color: var(--c2); }
.s3 { color: var(--c3); } .s4 { color: var(--c4); } .s5 { color: var(--c5); }
table.confusion { border-collapse: separate; border-spacing: 2px; table-layout: fixed; }
.confusion thead th:first-child { width: 124px; }
.confusion th, .confusion td { border: 0; padding: 6px 4px; }
.confusion th { white-space: normal; }
.confusion tbody th { vertical-align: middle; }
.confusion thead th { text-align: center; vertical-align: bottom; }
.confusion tr > th:first-child { text-align: right; font-size: 12px; }
.confusion tbody th { color: var(--ink); }
.confusion thead th:first-child { font-weight: 400; }
.confusion td { text-align: center; border-radius: 3px; line-height: 1.25; vertical-align: middle; }
.confusion td b { font-weight: 600; display: block; white-space: nowrap; }
.confusion td small { font-size: 11px; opacity: .85; white-space: nowrap; }
.confusion .right { background: rgba(var(--right), var(--a)); }
.confusion .wrong { background: rgba(var(--wrong), var(--a)); }
.confusion .strong { color: var(--on); }
.confusion .zero { color: var(--soft); opacity: .55; }
.confusion .total { color: var(--soft); }
.confusion.many thead th { height: 96px; padding: 4px 2px; }
.confusion.many thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
.confusion.many thead th:first-child { height: auto; }
table.confusion.many { min-width: 820px; }
.confusion.many thead th:first-child { width: 130px; }
.confusion.many td { padding: 4px 3px; font-size: 12px; }
.mistake { display: grid; grid-template-columns: 1fr 230px; gap: 4px 24px; padding: 10px 0;
  border-bottom: 1px solid var(--grid); break-inside: avoid; }
.mistake:first-child { padding-top: 0; }
.mistake:last-child { border-bottom: 0; padding-bottom: 0; }
.mistake p { margin: 0; overflow-wrap: anywhere; }
.mistake small { color: var(--soft); }
.mistake div div { display: grid; grid-template-columns: 66px 1fr auto; gap: 8px; font-size: 13px; }
.mistake div span { color: var(--soft); }
.mistake div b { font-weight: 600; overflow-wrap: anywhere; }
.mistake .wrong { color: var(--c1); }
ul.notes { margin: 10px 0 0; padding: 0 0 0 18px; font-size: 13px; }
ul.notes li::marker { color: var(--c1); }
footer { margin-top: 36px; padding-top: 12px; border-top: 1px solid var(--line);
  color: var(--soft); font-size: 12px; }
@media (max-width: 640px) {
  body { padding: 22px 14px 32px; }
  nav { margin: 16px -14px 0; padding: 9px 14px; }
  h1 { font-size: 22px; }
  .strip { grid-template-columns: repeat(2, 1fr); }
  .strip b { font-size: 21px; }
  .bar { display: none; }
  .mistake { grid-template-columns: 1fr; }
}
@media print {
  :root {
    --paper: #ffffff; --card: #ffffff; --line: #cfcec8; --grid: #e6e5e0; --ink: #000000;
    --soft: #555555; --right: 38, 96, 190; --wrong: 200, 72, 40;
    --c0: #2a62c0; --c1: #d0672a; --c2: #2b8a64; --c3: #8a4fb5; --c4: #b88a00; --c5: #5b6572;
  }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 11px; }
  nav { display: none; }
  .card, .strip { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  svg.plot { min-width: 0; }
  .tall { max-height: none; overflow: visible; }
}
)css";
}

}  // namespace attune
