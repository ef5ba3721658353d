/** The style sheet of the report, light or dark as the reader has it. */
export const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667; --line: #d0d4da; --paper: #fff; --broken: #b3261e; --sound: #1a7f4b; --broken-soft: #fbe3e1; --sound-soft: #def3e6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --soft: #9aa3ad; --line: #3a4048; --paper: #15181c; --broken: #ff8a80; --sound: #63d297; --broken-soft: #4a211e; --sound-soft: #173a27; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1280px; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 .25rem; }
p { max-width: 75ch; }
.soft, td.text { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: middle; white-space: nowrap; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
td.text { white-space: normal; min-width: 22rem; }
td.broken { background: var(--broken-soft); } td.sound { background: var(--sound-soft); }
.grid td { text-align: center; } .grid th { white-space: normal; vertical-align: bottom; font-weight: 500; }
svg { display: block; }
`;
