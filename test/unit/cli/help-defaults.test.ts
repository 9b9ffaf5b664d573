import { describe, expect, it } from 'vitest';
import { COMMANDS, loadCommand } from '../../../src/cli/commands/index.js';
import { describeDefault } from '../../../src/cli/help.js';
import { settingKeys } from '../../../src/config/describe.js';

describe('defaults in the help', () => {
  it('are those of settings that there are', async () => {
    const commands = await Promise.all(COMMANDS.map(loadCommand));
    const named = commands.flatMap(({ options }) => options.flatMap(({ setting }) => setting ?? []));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((setting) => !settingKeys().includes(setting))).toEqual([]);
  });

  it('are written as they are given, and left out where there is none', () => {
    expect(describeDefault('eval.seeds')).toBe(' (default: 42,52,62,72,82,142,152,162,172,182)');
    expect(describeDefault('distill.steps')).toBe(' (default: 200000)');
    expect(describeDefault('device')).toBe(' (default: auto)');
    for (const setting of ['threads', 'eval.models', 'track', undefined])
      expect(describeDefault(setting)).toBe('');
  });
});
