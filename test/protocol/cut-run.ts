/** A fine-tuning whose third epoch is judged into a cut of the network: what is told of it must be what it always is. */
import type { WorkerHost } from '../../src/workers/host.js';
import { epochs, SLOT } from './harness.js';

const EPOCHS = 7;

/** FSA_CUTS=12,25,28,45: real seconds, under the limits of a cluster. */
export const LONG_CUTS = process.env['FSA_CUTS']?.split(',').map(Number) ?? null;

/** @param cut begins the cut; the job may end only after it was healed */
export async function runThroughCut(host: WorkerHost, logPath: string, cut: () => void) {
  const worker = await host.launch({ slot: SLOT, logPath });
  const told: string[] = [];
  const output = await worker.run<'finetune'>(epochs(EPOCHS), {
    jobId: 'j',
    attempt: 1,
    onMetrics: (records) => void told.push(...records.map(({ step }) => `step ${step}`)),
    onGenerated: (epoch) => {
      told.push(`epoch ${epoch}`);
      if (epoch === 3) cut();
      return { best: epoch === 4, stop: false };
    },
    onSaved: ({ step }) => void told.push(`saved ${step}`),
  });
  return { told, verdicts: output.testTexts };
}

/** What is told where nothing is cut. */
export function expectedWords(): string[] {
  const words = Array.from({ length: EPOCHS }, (_, index) => {
    const epoch = index + 1;
    return [`step ${2 * epoch - 1}`, `step ${2 * epoch}`, `epoch ${epoch}`, `saved ${2 * epoch}`];
  });
  return [...words.flat(), 'step 1000'];
}

export function expectedVerdicts(): string[] {
  return Array.from({ length: EPOCHS }, (_, index) => `${index + 1} ${index === 3 ? 'True' : 'False'} False`);
}
