/** What users and models write cannot break out of any format. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeCsv } from '../../../src/report/csv.js';
import { embedJson, escapeHtml, html } from '../../../src/report/html/markup.js';
import { escapeXml } from '../../../src/report/junit.js';
import { escapeLatex } from '../../../src/report/latex.js';
import { escapeMarkdown } from '../../../src/report/markdown-text.js';
import { fitTo, toOneLine, widthOf } from '../../../src/report/text.js';
import { printable } from '../../../src/printable.js';
import { parseCsv } from './parse-csv.js';

/** Text with many of the signs that mean something somewhere. */
const SIGNS = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '`',
  '|',
  '\\',
  '{',
  '}',
  '$',
  '%',
  '#',
  '_',
  '~',
  '^',
  '*',
  '[',
  ']',
  '(',
  ')',
];
const MORE = [
  '=',
  '+',
  '-',
  '@',
  ';',
  ',',
  '\n',
  '\r',
  '\t',
  '\u0000',
  '\u001b[31m',
  '\u202e',
  '\u2028',
  '\ud800',
  '\ufffe',
  '!',
  ' ',
];
const WORDS = [
  '</script>',
  '<!--',
  ']]>',
  '-->',
  'javascript:',
  'http://x.example',
  'www.x.example',
  '\\\\',
  '\\input',
  '界',
  '😀',
  'a',
];
const nasty = fc
  .array(
    fc.oneof(fc.constantFrom(...SIGNS, ...MORE, ...WORDS), fc.string({ unit: 'binary', maxLength: 3 })),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('CSV', () => {
  it('reads back as printable text, but for an apostrophe before what could be a formula', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 4 }), (texts) => {
        const [row] = parseCsv(`${texts.map(escapeCsv).join(',')}\r\n`);
        texts.forEach((text, index) => {
          const clean = printable(text);
          const field = row![index]!;
          expect([clean, `'${clean}`]).toContain(field);
          expect(field).not.toMatch(/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/);
        });
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\n=1', '＝1', '=cmd|" /C calc"!A0'])(
    'defuses %j',
    (text) => {
      const [[field]] = parseCsv(`${escapeCsv(text)}\r\n`) as [[string]];
      expect(field).toBe(`'${text}`);
    },
  );

  it('leaves numbers alone', () => {
    expect([escapeCsv(-1.5), escapeCsv(0), escapeCsv(null)]).toEqual(['-1.5', '0', '']);
  });
});

describe('HTML', () => {
  it('has no sign of markup left, and decodes to the text', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"'`]|&(?!(amp|lt|gt|quot|#39|#96);)/);
        const decoded = escaped.replace(/&(amp|lt|gt|quot|#39|#96);/g, (_, name: string) => NAMED[name]!);
        expect(decoded.trim()).toBe(toOneLine(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('escapes every value put into a template, and keeps what the template made', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p title="${'"'}">${[inner, '&', 1, null]}</p>`.source).toBe(
      '<p title="&quot;"><b>&lt;i&gt;</b>&amp;1</p>',
    );
  });

  it('embeds data that no script element ends early and that reads back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), nasty, (value, text) => {
        const { source } = embedJson([value, text]);
        expect(source).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(source)).toEqual(JSON.parse(JSON.stringify([value, text])));
      }),
    );
  });
});

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' };

describe('Markdown', () => {
  it('has no unescaped sign of markup, no HTML, no link, and no line break', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const escaped = escapeMarkdown(text);
        expect(escaped).not.toMatch(/[\n\r<>]/);
        expect(escaped.replace(/\\[^a-zA-Z0-9\s]/g, '')).not.toMatch(/[\\`*_{}[\]|~$]|:\/\/|@|www\./i);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps ordinary names readable', () => {
    expect(escapeMarkdown('google-t5/t5-base v1.1')).toBe('google-t5/t5-base v1.1');
    expect(escapeMarkdown('3 seeds (n = 3)')).toBe('3 seeds (n = 3)');
    expect(escapeMarkdown('1) no list')).toBe('1\\) no list');
    expect(escapeMarkdown('[no](link)')).toBe('\\[no\\](link)');
    expect(escapeMarkdown('a|b')).toBe('a\\|b');
    expect(escapeMarkdown('| --- |')).toBe('\\| --- \\|');
    expect(escapeMarkdown('<img src=x onerror=alert(1)>')).toBe('&lt;img src=x onerror=alert(1)&gt;');
  });
});

describe('LaTeX', () => {
  it('has no command, comment, group or column of its own', () => {
    const ours =
      /\\(text(backslash|asciitilde|asciicircum|less|greater|bar|quotedbl|quotesingle|asciigrave)\{\}|ensuremath\{\\(pm|times)\}|[{}$&%#_])|\{[[\]*-]\}/g;
    fc.assert(
      fc.property(nasty, (text) => {
        const rest = escapeLatex(text).replace(ours, ' ');
        expect(rest).not.toMatch(/[\\{}$&%#_~^<>|"'`[\]*\n\r]|--/);
      }),
      { numRuns: 2000 },
    );
  });

  it('writes each special sign as one that prints', () => {
    expect(escapeLatex('50% of $x_1 & #2 {a} ~ ^ \\end')).toBe(
      '50\\% of \\$x\\_1 \\& \\#2 \\{a\\} \\textasciitilde{} \\textasciicircum{} \\textbackslash{}end',
    );
  });
});

describe('XML', () => {
  it('holds only characters that XML allows, and no markup', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(escapeXml(text)).toMatch(/^(?:[^<>&"'\p{Cc}\p{Cs}\ufffe\uffff]|[\u007f-\u009f]|&#\d+;)*$/u);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the terminal', () => {
  it('gets no control character, and text cut to its width', () => {
    fc.assert(
      fc.property(nasty, fc.integer({ min: 2, max: 30 }), (text, columns) => {
        const line = toOneLine(text);
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(widthOf(fitTo(line, columns))).toBeLessThanOrEqual(columns);
      }),
      { numRuns: 2000 },
    );
  });

  it('counts wide characters twice and marks not at all', () => {
    expect(widthOf('界面')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('a😀')).toBe(3);
  });
});
