/** LLMs in context as cells: what they are shown and asked, what their answers are worth, and what it cost. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readDataset } from '../../../src/data/benchmark/dataset.js';
import { baseline, report, type BaselineOptions } from '../../../src/index.js';
import { chooseDemonstrations } from '../../../src/teacher/in-context/demonstrations.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import { writeOpinions } from '../../../src/teacher/in-context/opinions-form.js';
import { complete, type ChatRequest, type LlmServer, startLlmServer } from '../../fixtures/llm-server.js';
import { smallDataset } from '../../helpers/small-data.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

const open: LlmServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const ROWS = 6;

/** A model that knows every second sentence's gold, wrapped as models wrap it, and says none to the others. */
async function prepare(knows: (place: number) => boolean = (place) => place % 2 === 0) {
  const cwd = await temporaryFolder();
  const folder = await smallDataset(cwd, 'atsa', ROWS);
  const dataset = await readDataset(folder);
  const { targetText } = taskNamed('atsa');
  const gold = new Map(dataset.test.map((example) => [example.sentence, targetText(example, 'text')]));
  const places = new Map(dataset.test.map(({ sentence }, place) => [sentence, place]));
  const server = await startLlmServer((request, response) => {
    const sentence = sentenceOf(request);
    const knows_ = knows(places.get(sentence) ?? 0);
    const text = knows_ ? `\`\`\`\n${gold.get(sentence) ?? 'yes'}\n\`\`\`` : 'None.';
    complete(response, { text, usage: { prompt_tokens: 200, completion_tokens: 10 } });
  });
  open.push(server);
  const options = (settings: NonNullable<BaselineOptions['config']>['baseline'] = {}): BaselineOptions => ({
    cwd,
    output: 'run',
    config: {
      eval: { datasets: [folder] },
      llm: { price: { input: 1, output: 2 } },
      baseline: { models: { tiny: `${server.address}#m` }, shots: [2], seeds: [1], ...settings },
    },
  });
  return { cwd, dataset, server, options };
}

const sentenceOf = ({ messages }: ChatRequest): string =>
  messages.at(-1)?.content.replace(/^Sentence: /, '') ?? '';

/** Requests about sentences, without the probes. */
const questionsTo = ({ requests }: LlmServer): ChatRequest[] =>
  requests.filter(({ messages }) => messages.at(-1)?.content.startsWith('Sentence: ') === true);

describe('a baseline', () => {
  it('is a cell of the usual results and report, with what a thousand sentences take; a rerun asks nothing', async () => {
    const { cwd, dataset, server, options } = await prepare();
    const { results, failed, costs } = await baseline(options({ shots: [0, 2], seeds: [1, 2] }));
    expect(failed).toEqual([]);
    // Without demonstrations nothing is drawn: one cell for both seeds.
    expect(results.cells.map(({ model, seed }) => [model, seed])).toEqual([
      ['tiny 0-shot', 1],
      ['tiny 2-shot', 1],
      ['tiny 2-shot', 2],
    ]);
    const gold = dataset.test.map((example) => taskNamed('atsa').goldTuples(example).length);
    const known = gold.filter((_, place) => place % 2 === 0).reduce((sum, count) => sum + count, 0);
    for (const cell of results.cells) {
      expect(cell.kind).toBe('in-context');
      expect(cell.subsets.all).toMatchObject({ precision: 1, predicted: known, malformed: 0 });
      expect(cell.usage).toMatchObject({
        usdPerThousand: 0.22,
        inputTokensPerThousand: 200_000,
        outputTokensPerThousand: 10_000,
        unanswered: 0,
      });
    }
    const sentences = dataset.test.length;
    expect(questionsTo(server)).toHaveLength(3 * sentences);
    expect(costs.usdSpent).toBeCloseTo(((3 * sentences + 1) * 220) / 1e6, 9);
    const again = await baseline(options({ shots: [0, 2], seeds: [1, 2] }));
    expect(again.results).toEqual(results);
    expect(questionsTo(server)).toHaveLength(3 * sentences);
    const made = await report({ runs: ['run'], cwd, formats: ['html', 'md'], hardwarePricePerHour: 2 });
    const [frontier] = made.report.frontiers;
    expect(frontier?.points.map(({ model, kind, usdPerThousand }) => [model, kind, usdPerThousand])).toEqual([
      ['tiny 0-shot', 'language model', 0.22],
      ['tiny 2-shot', 'language model', 0.22],
    ]);
    const page = await readFile(join(cwd, 'run/report.html'), 'utf8');
    expect(page).toContain('What quality costs');
    expect(await readFile(join(cwd, 'run/report.md'), 'utf8')).toContain('atsa/small: what quality costs');
  });

  it.each(['fixed', 'perRow', 'similar'] as const)(
    'shows %s demonstrations from the training data alone',
    async (demos) => {
      const { dataset, server, options } = await prepare();
      await baseline(options({ demos }));
      const { targetText } = taskNamed('atsa');
      const train = new Map(dataset.train.map((example) => [example.sentence, targetText(example, 'text')]));
      const shown = questionsTo(server).map(({ messages }) =>
        messages.slice(1, -1).map(({ content }) => content),
      );
      for (const turns of shown) {
        expect(turns).toHaveLength(4);
        for (const place of [0, 2]) {
          const target = train.get((turns[place] ?? '').replace(/^Sentence: /, ''));
          expect(turns[place + 1]).toBe(target === '' ? 'none' : target);
        }
      }
      const kinds = new Set(shown.map((turns) => JSON.stringify(turns))).size;
      if (demos === 'fixed') expect(kinds).toBe(1);
      else expect(kinds).toBeGreaterThan(1);
      if (demos !== 'similar') return;
      // The likest stands last: it shares more words with the question than a training sentence does on average.
      const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/\w+/g));
      const overlap = (a: string, b: string): number =>
        [...wordsOf(a)].filter((word) => wordsOf(b).has(word)).length;
      const mean = (values: readonly number[]): number =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      const likest = questionsTo(server).map(({ messages }) =>
        overlap(messages.at(-1)?.content ?? '', messages.at(-3)?.content ?? ''),
      );
      const usual = dataset.test.flatMap(({ sentence }) =>
        [...train.keys()].map((other) => overlap(sentence, other)),
      );
      // `Sentence` is a word of both.
      expect(mean(likest) - 1).toBeGreaterThan(mean(usual));
    },
  );

  it('is held to a schema where the server heeds one, with the same figures; a rerun asks nothing', async () => {
    const { cwd, dataset, server, options } = await prepare();
    const text = await baseline({ ...options(), output: 'text' });
    const { targetText } = taskNamed('atsa');
    const gold = new Map(dataset.test.map((example) => [example.sentence, targetText(example, 'text')]));
    const places = new Map(dataset.test.map(({ sentence }, place) => [sentence, place]));
    const strict = await startLlmServer((request, response) => {
      const sentence = sentenceOf(request);
      const known = (places.get(sentence) ?? 1) % 2 === 0 ? (gold.get(sentence) ?? '') : '';
      const held = request['response_format'] as { json_schema: { name: string } } | undefined;
      const said =
        held?.json_schema.name === 'probe'
          ? { word: 'yes' }
          : held?.json_schema.name === 'opinions'
            ? (JSON.parse(writeOpinions({ gold: known, goldTuples: [] }, taskNamed('atsa'))) as object)
            : 'no schema';
      const usage = { prompt_tokens: 200, completion_tokens: 10 };
      complete(response, { text: JSON.stringify(said, null, 1), usage });
    });
    open.push(strict);
    const held = options({ models: { tiny: `${strict.address}#m` } });
    const { results } = await baseline({ ...held, cwd });
    expect(results.cells[0]?.inContext).toEqual({ shots: 2, demos: 'fixed', form: 'json' });
    expect(text.results.cells[0]?.inContext).toMatchObject({ form: 'text' });
    expect(results.cells[0]?.subsets).toEqual(text.results.cells[0]?.subsets);
    const [question] = questionsTo(strict);
    expect(JSON.parse(question?.messages[2]?.content ?? '')).toHaveProperty('opinions');
    expect(question).not.toHaveProperty('stop');
    // What the probe found out is kept: cells that are added ask in the same way, in this start and the next.
    const asked = strict.requests.length;
    await baseline({ ...held, cwd });
    expect(strict.requests).toHaveLength(asked);
    await baseline({ ...options({ models: { tiny: `${strict.address}#m` }, shots: [2, 0] }), cwd });
    expect(questionsTo(strict).every((one) => one['response_format'] !== undefined)).toBe(true);
    expect(server.requests.length).toBeGreaterThan(0);
  });

  it('stops at its budget with what it has, and goes on when that is raised', async () => {
    const { server, options } = await prepare();
    await expect(baseline(options({ budget: 0.003 }))).rejects.toMatchObject({ code: 'BUDGET', exitCode: 8 });
    const asked = questionsTo(server).length;
    expect(asked).toBeGreaterThan(0);
    const { results } = await baseline(options({ budget: 1 }));
    expect(results.cells).toHaveLength(1);
    expect(new Set(questionsTo(server).map(sentenceOf)).size).toBe(questionsTo(server).length);
  });

  it('refuses another model by the same name, and keeps the servers of both commands', async () => {
    const { server, options } = await prepare();
    await baseline(options());
    const other = options({ models: { tiny: `${server.address}#other` }, seeds: [2] });
    await expect(baseline(other)).rejects.toMatchObject({
      code: 'RUN_FOLDER',
      problems: [expect.stringContaining('the language model tiny')],
    });
    expect(questionsTo(server).every(({ model }) => model === 'm')).toBe(true);
    const second = await startLlmServer((_, response) => complete(response, { text: 'None.' }));
    open.push(second);
    const { folder } = await baseline(options({ models: { small: `${second.address}#m` } }));
    const { device } = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as { device: string };
    for (const { address } of [server, second]) expect(device).toContain(address);
  });

  it('refuses more demonstrations than there are, before anything is asked', async () => {
    const { server, options } = await prepare();
    await expect(baseline(options({ shots: [0, 500] }))).rejects.toMatchObject({
      code: 'DATA',
      message: 'There are not enough training sentences for 500 demonstrations.',
      problems: [expect.stringMatching(/has \d+ training sentences/) as string],
    });
    expect(server.requests).toEqual([]);
  });

  it('is never shown the answer to its own question, also where train.json holds a test sentence', async () => {
    const train = ['The soup was good', 'The soup was cold', 'A fine tea'].map((sentence) => ({
      sentence,
      gold: 'soup | positive',
      goldTuples: [{ term: 'soup', polarity: 'positive' }],
    }));
    for (const mode of ['fixed', 'perRow', 'similar'] as const) {
      const choose = await chooseDemonstrations(train, { mode, shots: 3, seed: 1 });
      const shown = choose('The soup was good', 0).map(({ sentence }) => sentence);
      expect(shown.toSorted()).toEqual(['A fine tea', 'The soup was cold']);
      expect(choose('The wine', 0)).toHaveLength(3);
    }
  });

  it('fails a cell of which too many sentences have no answer', async () => {
    const { cwd, options, server } = await prepare();
    await server.close();
    open.splice(0);
    const deaf = await startLlmServer((request, response) => {
      const isAsked = request.messages.at(-1)?.content.startsWith('Sentence: ') === true;
      if (isAsked)
        response
          .writeHead(400, { 'content-type': 'application/json' })
          .end('{"error":{"message":"too long"}}');
      else complete(response, { text: 'yes' });
    });
    open.push(deaf);
    const result = await baseline({
      ...options({ models: { deaf: `${deaf.address}#m` } }),
      cwd,
      output: 'deaf',
    });
    expect(result.results.cells).toEqual([]);
    expect(result.failed).toMatchObject([
      {
        code: 'DATA',
        reason: expect.stringMatching(/have no answer \(\d+ × The server refuses .*too long\)/) as string,
      },
    ]);
  });
});
