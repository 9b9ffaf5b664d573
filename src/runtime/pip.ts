/** Runs pip inside a virtual environment, with the user's own pip settings in force. */
import { execa } from 'execa';
import { FsaError } from '../errors.js';
import { shorten } from '../printable.js';
import { cancelled } from './cancelled.js';

/** Settings that would make pip install somewhere else than into the virtual environment. */
const MISLEADING = ['PIP_TARGET', 'PIP_PREFIX', 'PIP_ROOT', 'PYTHONPATH', 'PYTHONHOME', 'PYTHONUSERBASE'];
const KEPT_LINES = 12;

export interface PipOptions {
  readonly python: string;
  /** What is being installed, for the error. */
  readonly what: string;
  /** A folder of wheels to install from instead of the network. */
  readonly offlineWheels: string | null;
  /** Called with a short line as pip downloads and installs. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `pip install` with these arguments.
 * @throws FsaError RUNTIME with pip's last lines, or CANCELLED
 */
export async function pipInstall(args: readonly string[], options: PipOptions): Promise<void> {
  const source = options.offlineWheels === null ? [] : ['--no-index', '--find-links', options.offlineWheels];
  const fixed = [
    '--no-input',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
    '--only-binary',
    ':all:',
  ];
  const child = execa(options.python, ['-I', '-m', 'pip', 'install', ...fixed, ...source, ...args], {
    reject: false,
    all: true,
    buffer: false,
    stdin: 'ignore',
    env: { ...Object.fromEntries(MISLEADING.map((name) => [name, undefined])), PIP_USER: '0' },
    forceKillAfterDelay: 5000,
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  const lastLines: string[] = [];
  for await (const line of child.iterable({ from: 'all' })) {
    if (line.trim() === '') continue;
    lastLines.push(line.trim());
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    if (/^\s*(Downloading|Installing collected)/.test(line)) options.onLine?.(describeLine(line.trim()));
  }
  const result = await child;
  if (result.isCanceled) throw cancelled();
  if (!result.failed) return;
  throw new FsaError('RUNTIME', `pip could not install ${options.what}.`, {
    problems: lastLines,
    advice: adviceFor(lastLines.join('\n'), options.offlineWheels),
    cause: result,
  });
}

function adviceFor(output: string, offlineWheels: string | null): string {
  if (/No space left|Errno 28|quota/i.test(output)) return 'Free some disk space and run `fsa setup` again.';
  if (/DO NOT MATCH THE HASHES/i.test(output)) {
    return 'A package came with other bytes than the pinned ones: check the mirror or proxy that pip uses.';
  }
  if (/No matching distribution|Could not find a version/i.test(output)) {
    return offlineWheels === null
      ? 'The package index has no wheel for this Python and system: check the index that pip uses, or try another Python with --python.'
      : `Put the missing wheel into ${offlineWheels}.`;
  }
  if (/Connection|Timeout|timed out|resolve|SSL|proxy/i.test(output)) {
    return 'Check the network and the proxy settings of pip, or install from a folder of wheels with `fsa setup --offline FOLDER`.';
  }
  return 'Put right what pip says above and run `fsa setup` again.';
}

/** `Downloading torch-2.13.0-cp311-….whl (190.1 MB)` without the tags of the wheel. */
function describeLine(line: string): string {
  const match = /^Downloading (?:\S*\/)?([^-\s/]+)-([^-\s]+)\S*(.*)$/.exec(line);
  if (match !== null) return `Downloading ${match[1]} ${match[2]}${match[3] ?? ''}`;
  return shorten(line, 100);
}
