import { describe, expect, it } from 'vitest';
import { modelCard, type CardFacts } from '../../../src/report/card.js';

const FACTS: CardFacts = {
  name: 'student',
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

  it('names a library that can read the folder', () => {
    expect(modelCard(FACTS)).toContain('library_name: "transformers"');
    expect(modelCard({ ...FACTS, onnx: true })).toContain('library_name: "onnx"');
  });
});
