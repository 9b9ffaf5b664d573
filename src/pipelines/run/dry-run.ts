/** What a dry run says of a lack that may be gone by the time of the run itself. */
import { isFsaError } from '../../errors.js';
import type { Emit } from '../../events.js';

/** Makes a check that the run itself makes; its refusal is a warning here. */
export async function tellRefusal(check: () => Promise<void> | void, emit: Emit): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!isFsaError(error)) throw error;
    const { message, where, advice } = error;
    const words = `The run itself would be refused: ${message}${advice === null ? '' : ` ${advice}`}`;
    emit({ type: 'warning', message: words, where });
  }
}
