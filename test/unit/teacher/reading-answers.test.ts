/** Answers as models really write them: thoughts before them, Markdown around them. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnswerIndex } from '../../../src/teacher/answers/answer-index.js';
import { writeOpinions } from '../../../src/teacher/in-context/opinions-form.js';
import { readSequence } from '../../../src/teacher/in-context/question.js';
import { AskFailure } from '../../../src/teacher/llm/provider.js';
import { readAnswer } from '../../../src/teacher/llm/read-answer.js';
import { withoutThoughts } from '../../../src/teacher/reading/thinking.js';
import { withoutWrapping } from '../../../src/teacher/reading/wrapping.js';
import { taskNamed } from '../../../src/tasks/registry.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';

describe('thoughts of a model', () => {
  it.each([
    ['<think>\nsoup | positive\n</think>\n\nsoup | negative', 'soup | negative'],
    ['<thinking>a <b> c</thinking><think></think>soup | negative', 'soup | negative'],
    ['the template opened it.\n</think>\nsoup | negative', 'soup | negative'],
    ['<think>\nsoup | positive', ''],
    ['soup < bread | negative', 'soup < bread | negative'],
    ['A <b>fine</b> review.', 'A <b>fine</b> review.'],
    ['I was angry. <think> is a tag that I show.', 'I was angry. <think> is a tag that I show.'],
  ])('are no part of the answer %j', (text, answer) => {
    expect(withoutThoughts(text)).toBe(answer);
  });

  const body = (content: string): string =>
    JSON.stringify({
      choices: [{ finish_reason: 'stop', message: { content } }],
      usage: { prompt_tokens: 9, completion_tokens: 9 },
    });

  it('leave the beginning that was given to an answer where it is', () => {
    const read = readAnswer(body('<think>hm</think>Opinion Target 1: x'), {}, { begun: 'Opinion', cap: 100 });
    expect(read.text).toBe('Opinion Target 1: x');
  });

  it('that never end cost one row its answer, with what to do, and are paid for', () => {
    const reading = (): unknown => readAnswer(body('<think>hm'), {}, { begun: null, cap: 100 });
    expect(reading).toThrow(AskFailure);
    try {
      reading();
    } catch (failure) {
      expect(failure).toMatchObject({ consequence: 'row', details: { charged: { outputTokens: 9 } } });
      expect((failure as Error).message).toContain('turn thinking off');
    }
  });

  it('in a log that holds them already are passed over', async () => {
    const path = join(await temporaryFolder(), 'answers-0.ndjson');
    const amount = { nanoUsd: 0, tokens: 1 };
    const about = { key: 'k', attempt: 1, id: 'r1', model: null, requestId: null, usage: null };
    const rest = { finish: 'whole', exact: true, ms: 1, reusedFrom: null, text: '<think>x</think>\nfine' };
    await appendFile(path, `${JSON.stringify({ type: 'answered', ...about, ...amount, ...rest })}\n`);
    const index = new AnswerIndex();
    await index.readShard(path);
    expect((await index.read('k'))?.text).toBe('fine');
    await index.close();
  });
});

describe('what stands around a rewriting', () => {
  const own = 'I loved the soup.\n\nThe staff were kind.';
  it.each([
    `Sure! Here is the rewritten review:\n\n${own}`,
    `Sure, here's the review with every feeling said outright:\n${own}`,
    `**Here is my rewritten review:**\n\n${own}`,
    `**Rewritten review**:\n${own}`,
    `Rewritten Review:\r\n${own}`,
    `\`\`\`\n${own}\n\`\`\``,
    `\`\`\`text\n${own}\n\`\`\`\n`,
    `Certainly! Here you go:\n\n~~~\n${own}\n~~~`,
    `\`\`\`\nHere's a rewrite of the review:\n${own}\n\`\`\``,
  ])('is taken off %j', (answer) => {
    expect(withoutWrapping(answer, 'Great soup.')).toBe(own);
  });

  it.each([
    `Here is my honest opinion:\n${own}`,
    `Here is what I ordered:\n${own}`,
    `Sure, it was cheap:\n${own}`,
    `Pros:\n${own}`,
    `Here is my breakdown of the place:\n${own}`,
    `Sure! Here is the rewritten review: ${own}`,
    'Sure! Here is the rewritten review:',
    `I show code:\n\`\`\`\nls\n\`\`\``,
    '```\nls\n```\nand\n```\nrm\n```',
    `\`\`\`\n${own}`,
  ])('stays where it may be the own words of %j', (answer) => {
    expect(withoutWrapping(answer, 'Great soup.')).toBe(answer);
  });

  it('stays where the review speaks so itself', () => {
    const answer = `Here is my revised review:\n${own}`;
    expect(withoutWrapping(answer, 'Second visit, so I revised this. Not good.')).toBe(answer);
    expect(withoutWrapping(answer, 'Not good.')).toBe(own);
  });
});

describe('opinions in an answer of text', () => {
  const wanted = 'soup | positive ; bread | negative';
  it.each([
    [wanted, wanted],
    [`Answer: ${wanted}.`, wanted],
    [`Sure! Here is the answer:\n\n\`\`\`\n${wanted}\n\`\`\`\nLet me know.`, wanted],
    [`\`\`\`text\n${wanted}`, wanted],
    ['- **soup | positive**\n- **bread | negative**', wanted],
    ['**soup** | positive ; `bread` | negative', wanted],
    ['the **best** soup | positive', 'the **best** soup | positive'],
    ['1. soup | positive\n2) bread | negative', wanted],
    ['soup | positive ;\nbread | negative', wanted],
    ['| term | polarity |\n|---|:--|\n| soup | positive |\n| bread | negative |', wanted],
    [`${wanted}\nSentence: The fish was raw.\nfish | negative`, wanted],
    ['none\nSentence: The fish was raw.\nfish | negative', ''],
    ['Here you go:\nNone.', ''],
    ['I cannot say', 'I cannot say'],
    ['', ''],
    ['```json\n[{"term": "soup", "polarity": "positive"}]\n```', 'soup | positive'],
    ['Here it is:\n```json\n[{"term": "soup", "polarity": "positive"}]\n```', 'soup | positive'],
  ])('are read from %j', (answer, sequence) => {
    expect(readSequence(answer, taskNamed('atsa'))).toBe(sequence);
  });
});

describe('opinions in an answer of JSON', () => {
  const [atsa, tasd] = [taskNamed('atsa'), taskNamed('tasd')];
  const said = (...opinions: readonly object[]): string => JSON.stringify({ opinions });
  const tuplesOf = (answer: string, task: typeof atsa, sentence: string) =>
    task.parse(readSequence(answer, task), sentence);

  it.each(['{menu}', '10% | off; now', 'a "quoted" \\\\ word', 'soup;', '%3B'])(
    'are read whole, whatever signs stand in them: %s',
    (term) => {
      const opinion = { term, category: 'food quality', polarity: 'positive' };
      const { tuples, malformed } = tuplesOf(said(opinion, opinion), tasd, `The ${term} here`);
      expect([tuples, malformed]).toEqual([[opinion, opinion], 0]);
      expect(writeOpinions({ gold: readSequence(said(opinion), tasd), goldTuples: [opinion] }, tasd)).toBe(
        said(opinion),
      );
    },
  );

  it('have implicit terms as null or as NULL, where the task has them', () => {
    const rest = { category: 'food quality', polarity: 'positive' };
    const { tuples } = tuplesOf(said({ term: null, ...rest }, { term: 'NULL', ...rest }), tasd, 'Yum');
    expect(tuples).toEqual([
      { term: null, ...rest },
      { term: null, ...rest },
    ]);
    expect(tuplesOf(said({ term: null, polarity: 'positive' }), atsa, 'Yum')).toMatchObject({ malformed: 1 });
  });

  it('are no other opinions where the task cannot write them', () => {
    const opinion = { term: 'fresh; food', polarity: 'positive' };
    expect(tuplesOf(said(opinion), atsa, 'So fresh; food')).toMatchObject({ tuples: [], malformed: 1 });
    expect(writeOpinions({ gold: 'fresh; food | positive', goldTuples: [opinion] }, atsa)).toBe(
      said(opinion),
    );
  });
});
