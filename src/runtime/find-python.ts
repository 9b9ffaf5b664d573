/** Finds an interpreter that a runtime can be made from. */
import { execa } from 'execa';
import { FsaError } from '../errors.js';
import { shorten } from '../printable.js';

const OLDEST = [3, 10] as const;
/** The newest minor version that every pinned package has a wheel for. */
const NEWEST = [3, 14] as const;
const PREFERRED_FROM = 11;
const LONGEST_WORDS = 200;

export interface BasePython {
  /** Absolute path, as the interpreter itself says. */
  readonly executable: string;
  /** `3.11.7`. */
  readonly version: string;
}

interface Candidate {
  readonly command: string;
  readonly args: readonly string[];
}

const CANDIDATES: readonly Candidate[] = [
  ...['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14', 'python3.10', 'python'].map(
    (command) => ({ command, args: [] }),
  ),
  ...(process.platform === 'win32' ? [{ command: 'py', args: ['-3'] }] : []),
];

/**
 * @param wanted a command or path to use instead of searching
 * @throws FsaError RUNTIME listing every candidate and why it does not do
 */
export async function findPython(wanted: string | null, signal?: AbortSignal): Promise<BasePython> {
  const candidates = wanted === null ? CANDIDATES : [{ command: wanted, args: [] }];
  const refused: string[] = [];
  let fallback: BasePython | null = null;
  for (const candidate of candidates) {
    const found = await examine(candidate, signal);
    signal?.throwIfAborted();
    if (typeof found === 'string')
      refused.push(`${[candidate.command, ...candidate.args].join(' ')}: ${found}`);
    else if (minorOf(found) >= PREFERRED_FROM || wanted !== null) return found;
    else fallback ??= found;
  }
  if (fallback !== null) return fallback;
  const what =
    wanted === null
      ? `No Python from ${OLDEST.join('.')} to ${NEWEST.join('.')} was found.`
      : `${wanted} cannot be used to make the Python runtime.`;
  throw new FsaError('RUNTIME', what, {
    problems: refused,
    advice: `Install Python ${OLDEST.join('.')} to ${NEWEST.join('.')} (64 bit, with venv), or name one with \`fsa setup --python PATH\`.`,
  });
}

const EXAMINE = `
import json, platform, struct, sys
from importlib.util import find_spec
print(json.dumps({
    "executable": sys.executable,
    "version": list(sys.version_info[:3]),
    "implementation": platform.python_implementation(),
    "bits": struct.calcsize("P") * 8,
    "venv": find_spec("venv") is not None and find_spec("ensurepip") is not None,
}))
`;

interface Answer {
  readonly executable: string;
  readonly version: readonly [number, number, number];
  readonly implementation: string;
  readonly bits: number;
  readonly venv: boolean;
}

/** The interpreter behind a command, or why it does not do. */
async function examine({ command, args }: Candidate, signal?: AbortSignal): Promise<BasePython | string> {
  const result = await execa(command, [...args, '-I', '-c', EXAMINE], {
    reject: false,
    stdin: 'ignore',
    timeout: 20_000,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (result.code === 'ENOENT') return 'not found';
  if (result.timedOut) return 'gave no answer in 20 seconds';
  // What could not be started has no exit code; execa's own words repeat the whole program.
  if (result.code !== undefined) return `cannot be started (${result.code})`;
  if (result.failed) return wordsOf(result.stderr);
  return judge(result.stdout);
}

function judge(text: string): BasePython | string {
  let answer: Answer;
  try {
    // The program above wrote it; what a command of the same name says instead is caught here.
    answer = JSON.parse(text) as Answer;
    if (!Array.isArray(answer.version)) return 'is not a Python interpreter';
  } catch {
    return 'is not a Python interpreter';
  }
  const [major, minor] = answer.version;
  const version = answer.version.join('.');
  if (major !== OLDEST[0] || minor < OLDEST[1]) return `version ${version} is too old`;
  if (minor > NEWEST[1]) return `version ${version} is newer than the pinned packages know`;
  if (answer.implementation !== 'CPython') return `is ${answer.implementation}, not CPython`;
  if (answer.bits !== 64) return `is a ${answer.bits} bit build`;
  if (!answer.venv) return `version ${version} lacks venv (on Debian and Ubuntu: apt install python3-venv)`;
  return { executable: answer.executable, version };
}

function minorOf({ version }: BasePython): number {
  return Number(version.split('.')[1]);
}

/** A broken Python says what is wrong with it first; another program may complain of what it was given. */
function wordsOf(stderr: string): string {
  const line = stderr
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each !== '');
  if (line === undefined || line.includes('import json')) return 'is not a Python interpreter';
  return shorten(line, LONGEST_WORDS);
}
