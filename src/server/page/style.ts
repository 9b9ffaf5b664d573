/** The page's look, light and dark. Polarities differ by their word, too, not by colour alone. */
export const TRY_STYLE = `
:root{color-scheme:light dark;--page:#fbfbf9;--card:#fff;--ink:#1b1f24;--faint:#66707b;--line:#cfcfc7;--accent:#0f766e;
--positive:#dcefe2;--positive-ink:#17663a;--negative:#fbe0dd;--negative-ink:#a3221a;--neutral:#e6e9ed;--neutral-ink:#3d4650;--conflict:#fbeccb;--conflict-ink:#7a5000}
@media (prefers-color-scheme:dark){:root{--page:#14171a;--card:#1b1f23;--ink:#e8eaec;--faint:#949da6;--line:#3f474f;--accent:#4cc9ba;
--positive:#183022;--positive-ink:#7fd6a0;--negative:#3a201d;--negative-ink:#ff9a8f;--neutral:#2a3037;--neutral-ink:#c3cad1;--conflict:#2e2615;--conflict-ink:#e6b85c}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem}
h1{margin:0 0 .2rem;font-size:1.6rem;line-height:1.25}
.faint{color:var(--faint);font-size:.9rem;margin:.2rem 0;overflow-wrap:anywhere}
form{margin:1.4rem 0 .6rem}
label{font-size:.9rem;color:var(--faint)}
textarea,input,select,button{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.55rem .75rem}
textarea{display:block;width:100%;margin:.25rem 0 .7rem;resize:vertical}
.row{display:flex;flex-wrap:wrap;gap:.8rem;align-items:center}
button{margin-left:auto;background:var(--accent);border-color:var(--accent);color:var(--page);font-weight:600;cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[hidden]{display:none!important}
#problem{color:var(--negative-ink);min-height:1.6em}
#marked{font-size:1.15rem;line-height:2.1;overflow-wrap:anywhere;white-space:pre-wrap}
mark{border-radius:6px;padding:.12em .35em;color:inherit}
mark small{margin-left:.45em;font-size:.68em;font-weight:600;letter-spacing:.02em}
.chip{white-space:nowrap;border-radius:99px;padding:.1em .7em;font-size:.88em;font-weight:600}
${['positive', 'negative', 'neutral', 'conflict']
  .map(
    (name) => `.${name}{background:var(--${name})}.chip.${name},mark.${name} small{color:var(--${name}-ink)}`,
  )
  .join('')}
.other{background:var(--neutral)}
table{border-collapse:collapse;width:100%;margin:.4rem 0}
th,td{text-align:left;padding:.45rem .6rem .45rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{font-size:.82rem;color:var(--faint);font-weight:600;text-transform:capitalize}
`;
