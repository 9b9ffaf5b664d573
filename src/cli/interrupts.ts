/** What Ctrl-C and its kin mean to a running command. */
import { FsaError } from '../errors.js';
import { writeAbove } from './render/frame.js';

const ignore = (): void => undefined;

/** The first signal asks the work to end tidily; the second ends the process. A limit of file size is an error like any other. */
export function listenForInterrupts(): {
  signal: AbortSignal;
  /** For a command that saves nothing: what it does at the first signal. */
  tell: (ending: string) => void;
  stop: () => void;
} {
  const controller = new AbortController();
  let ending: string | null = null;
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      const saved = ending === null ? ' The same command goes on from what is saved.' : '';
      writeAbove(`fsa: ${name} received again: ended at once.${saved}`);
      process.exit(130);
    }
    writeAbove(
      `fsa: ${name} received: ${ending ?? 'finishing the step and saving'}. Once more ends at once.`,
    );
    controller.abort(new FsaError('CANCELLED', `The run was stopped by ${name}.`));
  };
  // Unheard, it ends the process without a word; heard, the write that is too long fails with EFBIG.
  process.on('SIGXFSZ', ignore);
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    tell: (words) => (ending = words),
    stop: () => {
      process.off('SIGXFSZ', ignore);
      for (const name of names) process.off(name, onSignal);
    },
  };
}
