"""The style of the HTML report, light and dark; the colours of the pictures are variables of it."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --card: #f5f7f9; --ink: #1b1f24; --muted: #667080; --grid: #e4e7eb;
  --accent: #0a63b8; --rival: #3f4854; --baseline: #98a1ad; --other-0: #c2600b; --other-1: #6f4cc4; --other-2: #1d8a5c;
  --other-3: #b2326c; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --card: #1d2228; --ink: #e8ebef; --muted: #9aa4b1;
  --grid: #2b323a; --accent: #57a9f5; --rival: #c6cdd6; --baseline: #717c89; --other-0: #f0944a; --other-1: #a78bf0;
  --other-2: #4cc38a; --other-3: #ec7aa9; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 3rem 0 .2rem; }
p { margin: .2rem 0; }
.muted, th { color: var(--muted); }
.verdict { margin: 1.5rem 0; padding: 1rem 1.25rem; background: var(--card); border-left: 4px solid var(--accent);
  border-radius: 4px; font-size: 1.08rem; }
.verdict p + p { margin-top: .6rem; }
svg { display: block; width: 100%; min-width: 800px; height: auto; margin: .5rem 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; font-variant-numeric: tabular-nums; }
.about { margin-bottom: .5rem; font-size: .9rem; }
th, td { padding: .38rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th { font-weight: 500; }
th:first-child { text-align: left; }
tbody th { color: var(--ink); }
small { color: var(--muted); margin-left: .25em; font-weight: 400; }
tr.default > * { background: var(--card); }
tr.default th { color: var(--accent); font-weight: 700; }
tr.baseline th { color: var(--muted); }
td.best { font-weight: 700; }
td.best span { border-bottom: 2px solid var(--accent); }
pre { overflow-x: auto; padding: 1rem; background: var(--card); border-radius: 4px; font-size: .85rem;
  line-height: 1.4; }
"""
