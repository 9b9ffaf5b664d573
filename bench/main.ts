/**
 * `npm run bench`: this project beside what a user would otherwise run, in turn, on this machine.
 * See USAGE in lib/options.ts, and docs/performance.md for what is compared.
 */
import { writeFile } from 'node:fs/promises';
import { FsaError } from '../src/errors.js';
import { openBench } from './lib/bench.js';
import { compareRatios, readRecords, recordRatios } from './lib/compare.js';
import { toJson } from './lib/json.js';
import { rewritePage } from './lib/marked-block.js';
import { kindOfProcessor } from './lib/processor-kind.js';
import { readOptions, UsageError, USAGE } from './lib/options.js';
import { writeCurves, writeProducts, writeProfile, writeTables } from './lib/table.js';
import { runBench } from './run.js';

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  try {
    const options = readOptions(words);
    if (options === 'help') {
      console.log(USAGE);
      return 0;
    }
    const bench = await openBench(options, (line) => console.error(line));
    const records = options.compare === null ? null : await readRecords(options.compare);
    const { facts, failures } = await runBench(bench, ['npm run bench --', ...words].join(' '));
    const parts = {
      bench: writeTables(facts),
      curves: writeCurves(facts),
      profile: writeProfile(facts),
      products: writeProducts(facts),
    };
    for (const part of Object.values(parts)) if (part !== null) console.log(`${part}\n`);
    if (options.json !== null) await writeFile(options.json, `${JSON.stringify(toJson(facts), null, 2)}\n`);
    const kind = await kindOfProcessor(facts.machine);
    if (options.markdown !== null) await rewritePage(options.markdown, parts, kind);
    const compared = records === null ? null : compareRatios(records, kind, facts.lines);
    for (const sentence of compared?.sentences ?? []) console.log(sentence);
    if (options.record !== null) await recordRatios(options.record, kind, facts);
    for (const failure of failures) console.error(`\n${failure}`);
    return failures.length === 0 && compared?.fell !== true ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
    else if (error instanceof FsaError) console.error(error.describe());
    else throw error;
    return error instanceof UsageError ? 2 : error.exitCode;
  }
}
