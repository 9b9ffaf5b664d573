/** How a setup ends that was asked to stop. */
import { FsaError } from '../errors.js';

/** What a caller who asked to stop gets. */
export function cancelled(): FsaError {
  return new FsaError('CANCELLED', 'The setup was cancelled.', {
    advice: 'Run `fsa setup` again: it starts over.',
  });
}
