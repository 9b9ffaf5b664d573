import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../../src/config/presets.js';
import type { Config } from '../../../src/config/schema.js';
import { identityOf } from '../../../src/pipelines/distill/plan.js';
import { decidingShards, shardsOf } from '../../../src/pipelines/distill/shards.js';
import type { RunFile } from '../../../src/runs/types.js';

const { paper } = PRESETS;
const asked = (settings: Partial<Config['distill']>) => ({ distill: { ...paper.distill, ...settings } });
const begun = (identity: Record<string, unknown>) => ({ kind: 'distill', identity }) as unknown as RunFile;

describe('shardsOf', () => {
  it('takes the ranks of the first start, and keeps them for whatever ranks come later', () => {
    expect(shardsOf(asked({}), null)).toBe(1);
    expect(shardsOf(asked({ ranks: 4 }), null)).toBe(4);
    expect(shardsOf(asked({ ranks: 2, shards: 8 }), null)).toBe(8);
    for (const ranks of [1, 2, 4]) expect(shardsOf(asked({ ranks }), begun({ shards: 4 }))).toBe(4);
    expect(shardsOf(asked({}), begun({}))).toBe(1);
  });

  it('refuses at once what cannot be dealt', () => {
    const refusal = (settings: Partial<Config['distill']>, before: RunFile | null = null) => {
      try {
        return shardsOf(asked(settings), before);
      } catch (error) {
        return String(error);
      }
    };
    expect(refusal({ ranks: 9, batchSize: 4, accumulation: 2 })).toContain('A step has 8 examples');
    expect(refusal({ shards: 200 })).toContain('A step has 100 examples, which is too few for 200 shards');
    expect(refusal({ ranks: 4, shards: 2 })).toContain('into 2 pieces, too few for 4 ranks');
    expect(refusal({ ranks: 2 }, begun({}))).toContain('begun with steps of one piece, too few for 2 ranks');
  });

  it('says nothing of one shard: runs from before there were any are gone on with', () => {
    const placement = { device: 'cpu', threads: 2 };
    expect(decidingShards(1)).toBeNull();
    expect(identityOf(paper, placement, 1)).not.toHaveProperty('shards');
    expect(identityOf(paper, placement, 1)['distill']).not.toHaveProperty('shards');
    expect(identityOf(paper, placement, 1)['distill']).not.toHaveProperty('ranks');
    expect(identityOf(paper, placement, 4)).toMatchObject({ ...placement, shards: 4 });
  });
});
