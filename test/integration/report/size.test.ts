/** A thousand cells in every format; the time is printed, not judged. */
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build.js';
import { toCsv } from '../../../src/report/csv.js';
import { toHtml } from '../../../src/report/html.js';
import { toJson } from '../../../src/report/json.js';
import { toJunit } from '../../../src/report/junit.js';
import { toLatex } from '../../../src/report/latex.js';
import { toMarkdown } from '../../../src/report/markdown.js';
import { makeEval } from '../../unit/report/example.js';

describe('a thousand cells', () => {
  it('come out whole in every format', async () => {
    const run = makeEval({
      models: ['base', 'a', 'b', 'c', 'd'],
      datasets: [
        { task: 'atsa', name: 'rest14' },
        { task: 'atsa', name: 'laptop14' },
        { task: 'acsa', name: 'rest16' },
        { task: 'acsa', name: 'laptop16' },
      ],
      seeds: [42, 52, 62, 72, 82, 142, 152, 162, 172, 182],
      shares: [0.1, 0.25, 0.5, 0.75, 1],
      sentences: 60,
      epochs: 20,
    });
    expect(run.results!.cells).toHaveLength(1000);
    const cpu = process.cpuUsage();
    const started = performance.now();
    const report = buildReport({ runs: [run] });
    const page = await toHtml(report);
    const others = [toMarkdown, toCsv, toJson, toLatex, toJunit].map((write) => write(report));
    const wall = performance.now() - started;
    const busy = process.cpuUsage(cpu);
    console.log(
      `1,000 cells: ${Math.round(wall)} ms (${Math.round((busy.user + busy.system) / 1000)} ms of CPU), page of ${(page.length / 1e6).toFixed(1)} MB`,
    );
    expect(page.match(/<tr>/g)!.length).toBeGreaterThan(1000);
    expect(others[1]!.split('\r\n')).toHaveLength(2 + 5 * 5 * (4 * 5 + 2));
    expect(others[4]!.match(/<testcase /g)).toHaveLength(1000);
  });
});
