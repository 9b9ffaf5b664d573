/** The page's style sheet. Its hash stands in the content security policy, so no inline style is used. */
import { SERIES_COLOURS } from './draw.js';

const LIGHT_SERIES = [
  '#7b8794',
  '#0f766e',
  '#c2570c',
  '#6d4fc4',
  '#1d64c8',
  '#b83280',
  '#5a8a1c',
  '#a16207',
  '#2b3440',
];
const DARK_SERIES = [
  '#8d99a6',
  '#2dbdae',
  '#f0914a',
  '#a78bfa',
  '#6ba5f5',
  '#f075b5',
  '#a3cc55',
  '#e3b341',
  '#e4e0d5',
];

function variables(colours: readonly string[]): string {
  return colours.map((colour, index) => `--series-${index}:${colour};`).join('');
}

const CHIPS = Array.from(
  { length: SERIES_COLOURS },
  (_, index) => `.chip-${index}{background:var(--series-${index})}`,
).join('');

export const STYLE = `
:root{color-scheme:light dark;
--page:#fbfbf9;--card:#ffffff;--ink:#1b1f24;--ink-soft:#454d57;--ink-faint:#66707b;--line:#e4e4de;--line-strong:#cfcfc7;
--accent:#0f766e;--accent-soft:#e3f1ef;--warn:#8a5a00;--warn-soft:#fbf3df;--bad:#b3261e;--bad-soft:#fbe9e7;--good:#17663a;--good-soft:#e6f3ea;
--shadow:0 1px 2px rgb(20 20 10/.05);${variables(LIGHT_SERIES)}}
@media (prefers-color-scheme:dark){:root{
--page:#14171a;--card:#1b1f23;--ink:#e8eaec;--ink-soft:#bcc3ca;--ink-faint:#949da6;--line:#2c3238;--line-strong:#3f474f;
--accent:#4cc9ba;--accent-soft:#17322f;--warn:#e6b85c;--warn-soft:#2e2615;--bad:#ff9a8f;--bad-soft:#3a201d;--good:#7fd6a0;--good-soft:#183022;
--shadow:none;${variables(DARK_SERIES)}}}
*{box-sizing:border-box}
html{scroll-padding-top:3.6rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.wrap{max-width:1120px;margin:0 auto;padding:0 1.5rem}
header.top{padding:3rem 0 1.2rem}
.eyebrow{margin:0;color:var(--accent);font-weight:600;font-size:.8rem;letter-spacing:.06em;text-transform:uppercase}
h1{margin:.15rem 0 .35rem;font-size:clamp(1.5rem,1.1rem + 1.8vw,2.2rem);line-height:1.2;letter-spacing:-.015em;overflow-wrap:anywhere;text-wrap:balance}
h2{margin:0 0 .35rem;font-size:1.3rem;line-height:1.3;letter-spacing:-.01em}
h3{margin:1.9rem 0 .5rem;font-size:1rem;line-height:1.4}
h4{margin:1.2rem 0 .3rem;font-size:.92rem}
p{margin:.4rem 0}
.meta,.note{color:var(--ink-faint);font-size:.88rem}
.note{max-width:80ch}
.meta span+span::before{content:"·";margin:0 .55em;color:var(--line-strong)}
nav{position:sticky;top:0;z-index:5;background:color-mix(in srgb,var(--page) 92%,transparent);backdrop-filter:blur(8px);border-bottom:1px solid var(--line)}
nav ul{display:flex;gap:1.4rem;list-style:none;margin:0;padding:.65rem 0;overflow-x:auto;scrollbar-width:none}
nav a{color:var(--ink-soft);text-decoration:none;font-size:.9rem;white-space:nowrap}
nav a:hover{color:var(--accent)}
section{padding:2.4rem 0 .4rem}
section+section{border-top:1px solid var(--line);margin-top:2.2rem}
.notices{display:grid;gap:.5rem;margin:1.2rem 0 0;padding:0;list-style:none}
.notices li{padding:.6rem .9rem;border-radius:8px;border-left:3px solid var(--line-strong);background:var(--card);font-size:.92rem;box-shadow:var(--shadow);overflow-wrap:anywhere}
.notices .caution{border-left-color:var(--warn);background:var(--warn-soft)}
.notices .data{border-left-color:var(--accent);background:var(--accent-soft)}
.notices b{font-weight:650}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(235px,1fr));gap:.9rem;margin-top:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.1rem;box-shadow:var(--shadow);min-width:0}
.card h3{margin:0;font-size:.85rem;font-weight:600;color:var(--ink-faint);overflow-wrap:anywhere}
.card p{margin:.15rem 0;font-size:.88rem;color:var(--ink-soft);overflow-wrap:anywhere}
.card .big{color:var(--ink);margin:.3rem 0 .1rem;font-size:1.75rem;font-weight:650;letter-spacing:-.02em;line-height:1.25}
.card .big small{font-size:.95rem;font-weight:400;color:var(--ink-faint);letter-spacing:0}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--card);box-shadow:var(--shadow);margin:.7rem 0}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.9rem}
th,td{padding:.5rem .8rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line);background:var(--card);vertical-align:baseline}
tbody tr:last-child>*{border-bottom:0}
thead th{font-weight:600;color:var(--ink-soft);font-size:.82rem}
thead tr:last-child th{border-bottom:1px solid var(--line-strong)}
th.span{text-align:center;color:var(--ink);font-size:.86rem;overflow-wrap:anywhere}
.edge{border-left:1px solid var(--line)}
.lead{position:sticky;left:0;z-index:1;text-align:left;border-right:1px solid var(--line);width:1%}
tbody .lead{font-weight:550;min-width:11rem;max-width:17rem;white-space:normal;overflow-wrap:break-word}
thead th[rowspan]{vertical-align:bottom}
.left,td.left{text-align:left}
.text{white-space:normal;text-align:left;min-width:12rem;overflow-wrap:anywhere}
tbody tr:hover>*{background:color-mix(in srgb,var(--accent) 4%,var(--card))}
.sd,.n{color:var(--ink-faint);font-size:.86em}
.best{font-weight:700}
.best .sd,.best .n,.best .p{font-weight:400}
.none{color:var(--ink-faint)}
.gap{display:inline-block;padding:0 .5em;border-radius:99px;background:var(--warn-soft);color:var(--warn);font-size:.84em;line-height:1.7}
.p{display:block;color:var(--ink-faint);font-size:.84em}
.chip{display:inline-block;width:.62em;height:.62em;border-radius:2px;margin-right:.55em}${CHIPS}
.base{color:var(--ink-faint);font-weight:400;font-size:.86em}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,430px),1fr));gap:1rem;margin:1rem 0}
figure{margin:0;padding:1rem 1.1rem .8rem;background:var(--card);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shadow);min-width:0}
figcaption{font-size:.9rem;font-weight:600;margin-bottom:.6rem;overflow-wrap:anywhere}
figcaption span{display:block;font-weight:400;color:var(--ink-faint);font-size:.84rem}
figure svg{display:block;max-width:100%;height:auto;margin:0 auto}
details{margin:.8rem 0}
summary{cursor:pointer;color:var(--ink-soft);font-weight:550;font-size:.92rem;width:fit-content}
summary:hover{color:var(--accent)}
pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem 1rem;overflow:auto;font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;max-height:28rem;white-space:pre-wrap;overflow-wrap:anywhere}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:.6rem 0;font-size:.88rem}
dl.facts dt{color:var(--ink-faint)}dl.facts dd{margin:0;overflow-wrap:anywhere;min-width:0}
.filters{display:flex;flex-wrap:wrap;gap:.7rem;margin:1rem 0 .6rem;align-items:end}
.filters .search{flex:2.4 1 240px}
.filters label{flex:1 1 118px;display:block;font-size:.8rem;color:var(--ink-faint);min-width:0}
input,select{height:2.4rem}
input,select,button{font:inherit;font-size:.9rem;color:var(--ink);background:var(--card);border:1px solid var(--line-strong);border-radius:8px;padding:.42rem .6rem;width:100%;min-width:0}
button{width:auto;cursor:pointer;padding:.35rem .9rem}
button:disabled{opacity:.45;cursor:default}
button:not(:disabled):hover{border-color:var(--accent);color:var(--accent)}
.pager{display:flex;gap:.7rem;align-items:center;flex-wrap:wrap;margin:.6rem 0}
.pager output{margin-right:auto;color:var(--ink-soft);font-size:.9rem}
#mistakes table{table-layout:fixed;min-width:880px}
#mistakes td{white-space:normal;text-align:left;overflow-wrap:anywhere;vertical-align:top;font-size:.88rem}
#mistakes thead th{text-align:left}
#mistakes .where{width:20%}#mistakes .sentence{width:34%}
.where b{font-weight:600}.where span{display:block;color:var(--ink-faint);font-size:.92em}
.pair{display:inline-block;max-width:100%;padding:0 .5em;margin:0 .3em .25em 0;border-radius:6px;border:1px solid var(--line);line-height:1.65;font-size:.94em}
.pair.long{max-height:6.6em;overflow-y:auto}
.pair.missed{background:var(--warn-soft);border-color:transparent;color:var(--warn)}
.pair.extra,.pair.malformed{background:var(--bad-soft);border-color:transparent;color:var(--bad)}
.pair.right,.pair.found{background:var(--good-soft);border-color:transparent;color:var(--good)}
.pair.malformed{text-decoration:line-through}
.pair::before{font-weight:700;margin-right:.35em}
.pair.missed::before{content:"−"}.pair.extra::before{content:"+"}.pair.malformed::before{content:"?"}.pair.right::before,.pair.found::before{content:"✓"}
.pair[data-cause]::after{content:attr(data-cause);margin-left:.45em;font-size:.82em;opacity:.85;font-style:italic}
.key .pair{margin:0 .2em 0 0}
.empty{color:var(--ink-faint);font-style:italic}
footer{margin-top:3rem;padding:1.4rem 0 3rem;border-top:1px solid var(--line);color:var(--ink-faint);font-size:.86rem}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;z-index:9;background:var(--card);padding:.4rem .8rem}
@media (max-width:640px){.wrap{padding:0 1rem}header.top{padding-top:1.8rem}.filters .search{flex-basis:100%}tbody .lead{min-width:7.5rem;max-width:9rem}th,td{padding:.45rem .6rem}figure{padding:.8rem .7rem}
#mistakes table,#mistakes tbody,#mistakes tr,#mistakes td{display:block;min-width:0;width:auto}#mistakes .where,#mistakes .sentence{width:auto}#mistakes thead{position:absolute;left:-9999px}#mistakes td{border-bottom:0;padding:.25rem .8rem}#mistakes tr{border-bottom:1px solid var(--line);padding:.5rem 0;display:block}#mistakes td::before{content:attr(data-label);display:block;font-size:.76rem;color:var(--ink-faint)}}
@page{size:landscape;margin:12mm}
@media print{.scroll{overflow:visible}.pair.long{max-height:none}table{font-size:7.5pt}th,td{padding:.2rem .35rem;white-space:normal}.lead,tbody .lead{position:static;min-width:0;white-space:nowrap}.p{font-size:.86em}.chip{print-color-adjust:exact}.wrap{max-width:none;padding:0}#mistakes table{min-width:0}nav,.filters,.pager button{display:none}section{break-inside:auto}h2,h3{break-after:avoid}figure,.card,tr{break-inside:avoid}section:not(#mistakes,#cells) table{break-inside:avoid}}
`;
