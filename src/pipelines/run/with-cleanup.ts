/**
 * Does work, then ends what was opened for it. Where both fail, the work's failure is thrown: a full disk
 * that stops a run also keeps its journal from being closed, and the first of the two is the cause.
 */
export async function withCleanup<T>(work: () => Promise<T>, end: () => Promise<void>): Promise<T> {
  let value: T;
  try {
    value = await work();
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
  await end();
  return value;
}
