/** What a place runs: a shell that becomes the pilot, or says why it cannot. */

const NO_RUNTIME_EXIT_CODE = 10;

/** What the pilot's exit codes mean (fsa_runtime/pilot.py), where its words went nowhere. */
const ENDS: Readonly<Record<number, string>> = {
  8: 'its ticket could not be read. Each serves once, and is taken up by nobody else.',
  9: 'no address of this machine can be reached from there. Set cluster.address to one that the nodes reach, and cluster.port to an open port.',
  [NO_RUNTIME_EXIT_CODE]:
    'the Python runtime or the package fsa is not there under the path that it has here. Share the folder, or use one image for all.',
  13: 'its place was taken away again before a worker was there: its time was up, or it was cancelled, or needed for others.',
};

/** As the pilot would have said it; empty for other codes. */
export function wordsOfPilotEnd(exitCode: number, host: string): string {
  const words = ENDS[exitCode];
  return words === undefined ? '' : `fsa pilot on ${host}: ${words}\n`;
}

/** @param words the Python, and what it is given */
export function scriptOf(words: readonly string[]): string {
  const [python = ''] = words;
  const why = `the Python runtime is not at ${python}. This machine needs it under that very path: share the folder, or use one image for all.`;
  const refuse = `{ echo "fsa pilot on \${SLURMD_NODENAME:-$(uname -n)}: "${quote(why)} >&2; exit ${NO_RUNTIME_EXIT_CODE}; }`;
  return `[ -x ${quote(python)} ] || ${refuse}\nexec ${words.map(quote).join(' ')}`;
}

/** One word of a shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
