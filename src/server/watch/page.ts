/** The live page: whole when it arrives, kept so by its stream. */
import { html, Markup } from '../../report/html/markup.js';
import { STYLE } from '../../report/html/style.js';
import type { LogLine } from './stream.js';

export interface WatchPage {
  readonly name: string;
  /** Escaped already. */
  readonly board: string;
  /** Newest last. */
  readonly log: readonly LogLine[];
  /** Events before those of the log. */
  readonly earlier: number;
  /** Byte of the journal after the last of them. */
  readonly from: number;
}

export function renderPage({ name, board, log, earlier, from }: WatchPage): string {
  const lines = log.map(
    ({ time, type, text }) =>
      html`<li class="${type}"><time datetime="${time}">${time.slice(11, 19)}</time> ${text}</li>`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/watch.css">
</head>
<body data-run="${name}">
<main class="wrap">
<p id="live"><span id="connection" role="status">connecting</span></p>
<div id="board">${new Markup(board)}</div>
<section><h2>Journal</h2><p class="note"><span id="count">${earlier + log.length}</span> events; the newest first.</p>
<ol id="log" data-from="${from}">${[...lines].reverse()}</ol></section>
</main>
<script src="/watch.js"></script>
</body>
</html>
`.source;
}

export const WATCH_STYLE = `${STYLE}
#live{position:absolute;top:.6rem;right:1.2rem;margin:0;font-size:.8rem;color:var(--ink-faint)}
progress{appearance:none;border:0;width:100%;height:.55rem;border-radius:99px;overflow:hidden;background:var(--line);vertical-align:middle}
progress::-webkit-progress-bar{background:var(--line)}
progress::-webkit-progress-value{background:var(--accent)}
progress::-moz-progress-bar{background:var(--accent)}
td progress{width:6rem;height:.4rem;margin-left:.5rem}
.status{font-weight:650}.status.running{color:var(--accent)}.status.finished{color:var(--good)}.status.stopped{color:var(--warn)}
.cell{display:inline-block;padding:.05em .55em;margin:0 .3em .3em 0;border-radius:6px;border:1px solid var(--line);font-size:.94em}
.cell small{color:var(--ink-faint)}
.cell.done{background:var(--good-soft);border-color:transparent;color:var(--good)}
.cell.running{background:var(--accent-soft);border-color:transparent;color:var(--accent)}
.cell.failed{background:var(--bad-soft);border-color:transparent;color:var(--bad)}
.cell.waiting{color:var(--ink-faint)}
.notices .bad{border-left-color:var(--bad);background:var(--bad-soft)}
#log{list-style:none;margin:.6rem 0;padding:0;font-size:.88rem}
#log li{padding:.2rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere;color:var(--ink-soft)}
#log time{color:var(--ink-faint);font-variant-numeric:tabular-nums;margin-right:.5em}
@media (max-width:640px){.cards{grid-template-columns:1fr 1fr}.card .big{font-size:1.3rem}}
#log .job-failed,#log .warning{color:var(--bad)}
`;
