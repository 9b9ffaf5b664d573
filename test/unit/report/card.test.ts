import { describe, expect, it } from 'vitest';
import { modelCard, type CardFacts } from '../../../src/report/card.js';

const FACTS: CardFacts = {
  name: 'student',
  repo: null,
  license: 'mit',
  languages: [],
  task: 'atsa',
  polarities: ['positive', 'negative'],
  maxInputTokens: 512,
  maxGeneratedTokens: 100,
  digest: 'a'.repeat(64),
  baseModel: null,
  training: [],
  contamination: [],
  dataset: 'own',
  seed: 1,
  scores: null,
  report: null,
  modelInReport: null,
  onnx: false,
  fsaVersion: '0.1.0',
};

describe('a model card', () => {
  it('claims no language that nobody has named', () => {
    const silent = modelCard(FACTS);
    expect(silent).not.toContain('language:');
    expect(silent).toContain('It was measured on own only. Other domains');
    const german = modelCard({ ...FACTS, languages: ['de'] });
    expect(german).toContain('language:\n  - "de"');
    expect(german).toContain('It was measured in de on own only.');
    expect(modelCard({ ...FACTS, dataset: null })).not.toContain('It was measured');
  });

  it('says how to fetch it where others find it', () => {
    const use = (facts: Partial<CardFacts>): string =>
      modelCard({ ...FACTS, ...facts })
        .split('## Use')[1]!
        .split('Intended')[0]!;
    expect(use({ repo: 'someone/student-2' })).toMatch(
      /^fsa download model --repo someone\/student-2$[^]*^fsa predict --model someone\/student-2 /m,
    );
    expect(use({ repo: 'someone/student-2', onnx: true })).toContain("loadModel('someone/student-2')");
    expect(use({})).toContain('fsa predict --model student ');
    expect(use({})).not.toContain('download');
  });

  it('names a library that can read the folder', () => {
    expect(modelCard(FACTS)).toContain('library_name: "transformers"');
    expect(modelCard({ ...FACTS, onnx: true })).toContain('library_name: "onnx"');
  });
});
