import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { encodeWorkerMessage } from '../../../src/rpc/codec.js';
import { protocolSchemaHash, protocolSchemaText } from '../../../src/rpc/json-schema.js';
import { orchestratorMessage, workerMessage } from '../../../src/rpc/messages.js';
import { runtimePython } from '../../helpers/python.js';
import { arbitraryWorkerMessage } from './arbitraries.js';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const SCHEMA_FILE = join(REPOSITORY, 'py_runtime/schema/protocol.v3.json');

describe('the JSON Schema of the protocol', () => {
  it('is committed as generated, and hashed by its text', async () => {
    const text = await readFile(SCHEMA_FILE, 'utf8');
    expect(text).toBe(protocolSchemaText());
    expect(protocolSchemaHash()).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('is checked by the generator', async () => {
    const generator = join(REPOSITORY, 'scripts/generate-schema.mjs');
    const { stderr } = await promisify(execFile)(process.execPath, [generator, '--check']);
    expect(stderr).toMatch(/protocol\.v3\.json matches[^]*messages\/wire\.py matches/);
  });

  it('stands for all of zod: nothing in the protocol is lost on the way', () => {
    for (const union of [workerMessage, orchestratorMessage]) expect(lossyParts(union)).toEqual([]);
    expect(lossyParts(z.object({ a: z.string().refine(() => true) }))).toEqual(['a: custom check']);
    expect(lossyParts(z.array(z.string().transform(Number)))).toEqual(['[]: pipe']);
  });

  it('chooses by type and kind, so that an error names its field', () => {
    expect(protocolSchemaText()).not.toContain('oneOf');
  });

  it('agrees with Python about thousands of messages, right and wrong', { timeout: 120_000 }, async () => {
    const samples = fc.sample(fc.tuple(arbitraryWorkerMessage, fc.nat(), fc.jsonValue()), {
      numRuns: 2000,
      seed: 7,
    });
    const cases = samples.map(([message, pick, junk], index) => {
      if (index % 2 === 0) return encodeWorkerMessage(message).toString();
      const fields = Object.keys(message);
      return JSON.stringify({ ...message, [fields[pick % fields.length] ?? 'type']: junk });
    });
    const folder = await mkdtemp(join(tmpdir(), 'fsa-schema-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'cases.json'), JSON.stringify(cases));
    const script = [
      'import json, sys',
      'from fsa_runtime.protocol import MessageError, Protocol',
      'protocol = Protocol()',
      'def accepts(text):',
      '    try: protocol.read(text.encode("utf-8", "surrogatepass"), "workerMessages")',
      '    except MessageError: return False',
      '    return True',
      'print(json.dumps([accepts(text) for text in json.load(open(sys.argv[1]))]))',
    ].join('\n');
    const { stdout } = await promisify(execFile)(
      await runtimePython(),
      ['-c', script, join(folder, 'cases.json')],
      { env: { PYTHONPATH: join(REPOSITORY, 'py_runtime') }, maxBuffer: 2 ** 26 },
    );
    const theirs = JSON.parse(stdout) as boolean[];
    const ours = cases.map((text) => workerMessage.safeParse(JSON.parse(text)).success);
    const disagreements = cases.filter((_, index) => ours[index] !== theirs[index]);
    expect(disagreements).toEqual([]);
    expect(ours.filter(Boolean).length).toBeGreaterThanOrEqual(1000);
    expect(ours.filter((accepted) => !accepted).length).toBeGreaterThan(500);
  });
});

/** What JSON Schema cannot carry: refinements and transforms, by their place. */
function lossyParts(schema: z.ZodType, place = ''): string[] {
  const found = ['pipe', 'transform', 'custom', 'lazy', 'default', 'catch'].includes(schema.type)
    ? [`${place}: ${schema.type}`]
    : [];
  for (const check of schema.def.checks ?? []) {
    if (check._zod.def.check === 'custom') found.push(`${place}: custom check`);
  }
  const below = (inner: unknown, name: string) => lossyParts(inner as z.ZodType, `${place}${name}`);
  if (schema instanceof z.ZodObject) {
    for (const [name, field] of Object.entries(schema.shape))
      found.push(...below(field, place ? `.${name}` : name));
  } else if (schema instanceof z.ZodArray) found.push(...below(schema.element, '[]'));
  else if (schema instanceof z.ZodNullable) found.push(...below(schema.unwrap(), ''));
  else if (schema instanceof z.ZodUnion)
    for (const option of schema.options) found.push(...below(option, ''));
  return found;
}
