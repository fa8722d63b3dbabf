/** The page's own style. Colours have names, so that the script that draws finds them too. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --paper: #ffffff; --ink: #1a1f26; --faint: #57606c; --line: #dde1e7;
  --good: #17692f; --good-ground: #e2f4e7; --bad: #b3201a; --bad-ground: #fde9e7; --warn: #7a4d00; --warn-ground: #fdf2d8;
  --accent: #0a5cad;
  --series-0: #0a66c2; --series-1: #c4500a; --series-2: #00785a; --series-3: #8a3ea8; --series-4: #8f6200; --series-5: #59636f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1217; --paper: #161b22; --ink: #e8ecf1; --faint: #9ca7b4; --line: #2b333d;
    --good: #5fd07f; --good-ground: #12301c; --bad: #ff8a80; --bad-ground: #3a1716; --warn: #ecc46a; --warn-ground: #33270c;
    --accent: #79b8ff;
    --series-0: #62b0ff; --series-1: #ff9a5c; --series-2: #43d1a3; --series-3: #d199f0; --series-4: #e6c34d; --series-5: #aeb8c4;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 4rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem clamp(0.75rem, 3vw, 2rem) 4rem; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
h1, h2, p, dl, ul, figure { margin: 0; }
code, pre { font: 0.9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
small { font-size: 0.85em; color: var(--faint); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { display: grid; gap: 0.6rem; margin-bottom: 1.25rem; }
.product { color: var(--faint); font-weight: 600; letter-spacing: 0.02em; }
h1 { font-size: clamp(1.4rem, 1.1rem + 1.6vw, 2.1rem); line-height: 1.2; letter-spacing: -0.01em; }
.reached .sign { color: var(--good); }
.missed .sign { color: var(--bad); }
.where { color: var(--faint); }
.found-list { display: flex; flex-wrap: wrap; gap: 0 0.6rem; color: var(--faint); }
.found-list ul { display: contents; list-style: none; }
.warning ul { margin: 0; padding: 0; list-style: none; }
.warning { background: var(--warn-ground); color: var(--warn); border-radius: 6px; padding: 0.45rem 0.75rem; }

nav { position: sticky; top: 0; z-index: 200; display: flex; gap: 0.25rem; overflow-x: auto; margin: 0 -0.5rem 1rem; padding: 0.5rem; background: var(--ground); border-bottom: 1px solid var(--line); }
nav a { padding: 0.15rem 0.6rem; border-radius: 999px; text-decoration: none; color: var(--ink); white-space: nowrap; }
nav a:hover { background: var(--line); }
nav .bad { color: var(--bad); }

section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem clamp(0.8rem, 2vw, 1.4rem); margin-bottom: 1.25rem; }
section > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.8rem; margin-bottom: 0.8rem; }
h2 { font-size: 1.25rem; }
.question { color: var(--faint); flex: 1; min-width: min(100%, 16rem); }

table.cards { width: 100%; border-collapse: collapse; }
.cards thead th { text-align: left; font-size: 0.8rem; font-weight: 600; color: var(--faint); padding: 0 0.75rem 0.35rem 0; white-space: nowrap; }
.cards tbody tr { border-top: 1px solid var(--line); }
.cards tbody th { text-align: left; font-weight: 400; width: 50%; }
.cards tbody th code { font-weight: 600; }
.cards td, .cards tbody th { padding: 0.5rem 0.75rem 0.5rem 0; vertical-align: top; }
.cards th.number, .cards td.number { text-align: right; font-variant-numeric: tabular-nums; }
.cards td.number { white-space: nowrap; }
.cards td:last-child, .cards th:last-child { padding-right: 0; }
.cards tr:target { background: var(--warn-ground); }
.value { font-weight: 600; }
.value small { font-weight: 400; }
.meaning { display: block; color: var(--faint); font-size: 0.87rem; }
.aim { display: block; }
.reason { color: var(--faint); white-space: normal; font-weight: 400; font-size: 0.87rem; }
.chip { display: inline-block; white-space: nowrap; font-size: 0.85rem; font-weight: 600; border-radius: 999px; padding: 0.05rem 0.6rem; background: var(--line); }
.chip.good { background: var(--good-ground); color: var(--good); }
.chip.bad { background: var(--bad-ground); color: var(--bad); }

.spread { display: block; width: 120px; height: 18px; background: linear-gradient(var(--line), var(--line)) center / 100% 2px no-repeat; fill: none; stroke-linecap: round; }
.dots { stroke: var(--series-0); stroke-width: 7; opacity: 0.55; }
.middle { stroke: var(--ink); stroke-width: 2; }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 3 3; }
.range { white-space: nowrap; font-variant-numeric: tabular-nums; }

details { font-size: 0.87rem; }
summary { cursor: pointer; color: var(--accent); width: max-content; }
details dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 0.8rem; padding: 0.3rem 0; }
details dt { color: var(--faint); }
details dd, .facts dd, .rivals dd { margin: 0; font-variant-numeric: tabular-nums; }
.audit { margin-top: 0.6rem; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
.top .audit { margin: 0; }
.found { font-weight: 600; }
.rivals { margin-top: 0.8rem; font-size: 0.9rem; display: grid; gap: 0.1rem; }
.rivals dt { font-weight: 600; }
.rivals dd { color: var(--faint); margin-bottom: 0.4rem; }

.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1.25rem; margin-top: 1.2rem; }
figure { min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 0.25rem; }
.frame { width: 100%; min-height: 300px; }
.thinned { display: block; }
.scroll { max-height: 18rem; overflow: auto; }
.scroll table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.scroll th, .scroll td { text-align: left; padding: 0.1rem 1rem 0.1rem 0; font-weight: 400; }
.uplot { font: inherit; width: 100%; }
.u-legend { text-align: left; margin: 0; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.u-legend .u-series > * { padding: 1px 3px; }
.u-inline.u-live th::after { content: ""; }
.u-legend th { font-weight: 500; }
.u-legend .u-marker { width: 0.7em; height: 0.7em; border-radius: 2px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.u-legend .u-series:first-child .u-marker { display: none; }
.u-legend .u-value { color: var(--faint); }
.u-select { background: color-mix(in srgb, var(--accent) 18%, transparent); }
.u-cursor-x, .u-cursor-y { border-color: var(--faint) !important; }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: 0.6rem 1.2rem; }
.facts dt { color: var(--faint); font-size: 0.8rem; }
.command { background: var(--ground); border-radius: 6px; padding: 0.6rem 0.8rem; margin: 1rem 0; overflow-x: auto; white-space: pre-wrap; }
.hints { color: var(--faint); font-size: 0.87rem; }

@media (max-width: 46rem) {
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tbody, .cards tr, .cards tbody th, .cards td { display: block; width: auto; }
  .cards tr { padding: 0.7rem 0; }
  .cards td, .cards tbody th { padding: 0.1rem 0; }
  .cards tbody th { padding-bottom: 0.35rem; }
  .cards td:empty { display: none; }
  .cards th.number, .cards td.number { text-align: left; }
  .cards td { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.5rem; }
  .cards td.value::before { content: "median"; }
  .cards td.measured::before { content: "measured"; }
  .cards td.bound::before { content: "bound"; }
  .cards td.verdict::before { content: "verdict"; }
  .cards td.strip::before { content: "spread"; }
  .cards td::before { color: var(--faint); font-weight: 400; font-size: 0.85rem; width: 5rem; flex: none; }
  .aim { display: inline; }
  details dl { grid-template-columns: 1fr; }
}
@media print {
  :root { font-size: 12px; }
  body { background: none; font-size: 12px; }
  main { max-width: none; padding: 0; }
  nav, details, .hints { display: none; }
  section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 0.8rem 0; }
  figure, tr { break-inside: avoid; }
  .plots { display: block; }
  .chip, .warning { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
`
