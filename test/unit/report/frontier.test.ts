/** Who is dominated, by hand-made figures. */
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { toHtml } from '../../../src/report/html.js';
import { logTicks } from '../../../src/report/html/frontier-section.js';
import { toMarkdown } from '../../../src/report/markdown.js';
import { toTerminal } from '../../../src/report/terminal.js';
import { makeEval } from './example.js';

const BARE = {
  inputTokensPerThousand: null,
  outputTokensPerThousand: null,
  p50Ms: null,
  p95Ms: null,
  unanswered: 0,
};
const TAKES: Readonly<Record<string, { secondsPerThousand: number; usdPerThousand: number | null }>> = {
  quick: { secondsPerThousand: 1, usdPerThousand: null },
  slow: { secondsPerThousand: 36, usdPerThousand: null },
  llm: { secondsPerThousand: 100, usdPerThousand: 0.5 },
};

// Later models of the example are better: the LLM is best, the quick student worst.
const runs = (models: readonly string[]) => [
  makeEval({
    models,
    datasets: [{ task: 'atsa', name: 'rest14' }],
    edit: (cell) => ({
      ...cell,
      ...(cell.model === 'llm' ? { kind: 'in-context' as const } : {}),
      usage: { ...BARE, ...(TAKES[cell.model] ?? { secondsPerThousand: 1, usdPerThousand: null }) },
    }),
  }),
];

describe('a frontier', () => {
  it('prices students by the hour and language models by the token, and names nobody where all is paid for', () => {
    const { frontiers } = buildReport({ runs: runs(['quick', 'slow', 'llm']) }, { hardwarePricePerHour: 10 });
    expect(frontiers).toHaveLength(1);
    const [frontier] = frontiers;
    expect(frontier?.points.map(({ model, kind, usdPerThousand }) => [model, kind, usdPerThousand])).toEqual([
      ['quick', 'student', 10 / 3600],
      ['slow', 'student', 0.1],
      ['llm', 'language model', 0.5],
    ]);
    expect(frontier?.words).toEqual([
      expect.stringMatching(/^Only 120 sentences were measured: .* scaled up 8 times and can be far off/),
      'No model is dominated: who is better also costs or takes more.',
    ]);
    // One in twenty of few sentences is none, and a guess from few is marked as one.
    expect(frontier?.points.map(({ sentences }) => sentences)).toEqual([120, 120, 120]);
    for (const { f1, interval } of frontier?.points ?? []) {
      expect(interval?.low).toBeLessThan(f1);
      expect(interval?.high).toBeGreaterThan(f1);
    }
  });

  it('says who is dominated by whom, in cost, in time, or both', () => {
    // The same models the other way round: the LLM is worst now, and dear and slow as before.
    const { frontiers } = buildReport({ runs: runs(['llm', 'slow', 'quick']) }, { hardwarePricePerHour: 10 });
    expect(frontiers[0]?.words.slice(1)).toEqual([
      'llm is dominated: slow and quick are at least as good, cheaper and faster.',
      'slow is dominated: quick is at least as good, cheaper and faster.',
    ]);
    const unpriced = buildReport({ runs: runs(['llm', 'slow', 'quick']) }).frontiers;
    expect(unpriced[0]?.words[1]).toBe(
      'llm is dominated in time: slow and quick are at least as good in no more time.',
    );
    expect(unpriced[0]?.points.map(({ usdPerThousand }) => usdPerThousand)).toEqual([0.5, null, null]);
  });

  it('is in the page and in Markdown, names and all, and left out where nothing is known', async () => {
    const report = buildReport({ runs: runs(['quick', 'a <b>', 'llm']) }, { hardwarePricePerHour: 10 });
    const page = await toHtml(report);
    expect(page).toContain('id="frontier"');
    expect(page).toContain('US dollars for 1,000 sentences');
    expect(page).toContain('Scaled up from 120 sentences: a rough guess.');
    expect(page).toContain('≈ $0.5');
    expect(page).not.toContain('a <b>');
    expect(toMarkdown(report)).toContain('what quality costs');
    const said = toTerminal(report, { columns: 200, color: false });
    expect(said).toMatch(/quick: F1 \S+ \[.*\], ≈ 1 s and ≈ \$0\.00278 for 1,000 sentences \(120 measured\)/);
    const old = buildReport({ runs: [makeEval({ datasets: [{ task: 'atsa', name: 'rest14' }] })] });
    expect(old.frontiers).toEqual([]);
    expect(await toHtml(old)).not.toContain('id="frontier"');
  });
});

describe('a logarithmic axis', () => {
  it('has a figure beside every point, few enough to read', () => {
    expect(logTicks(0.22, 46)).toEqual([0.5, 1, 2, 5, 10, 20]);
    expect(logTicks(0.0000125, 0.0026)).toEqual([0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002]);
    expect(logTicks(0.00003, 5000)).toEqual([0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000]);
    expect(logTicks(3, 48)).toEqual([5, 10, 20]);
  });
});
