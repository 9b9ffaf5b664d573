/** Fetches one part of a file, however often the connection breaks. */
import type { HubConnection } from '../api/listing.js';
import type { HttpResponse } from '../../net/client.js';
import type { TransferTarget, Part } from './transfer-target.js';
import { refusalOf, type Asked } from '../api/refusals.js';
import { steadyBody } from '../../net/steady-body.js';
import { persist, TransientError } from '../../net/retry.js';

/** The server does not do ranges for this file: it has to come in one piece. */
export class RangesUnusable extends Error {}

export interface PartTask {
  readonly url: string;
  readonly asked: Asked;
  readonly partial: TransferTarget;
  readonly part: Part;
  /** Told of every piece after it was written. */
  readonly wrote: (bytes: number) => void;
  /** Told when the first answer was good. */
  readonly started: () => void;
}

/** Wrong answers to a range, in a row, after which the file is asked for in one piece. */
const WRONG_RANGES = 3;

/**
 * @throws RangesUnusable when the server ignores ranges or answers them wrongly
 * @throws FsaError DOWNLOAD when it cannot be had, STORAGE when it cannot be written
 */
export async function fetchPart(task: PartTask, hub: HubConnection): Promise<void> {
  let wrongRanges = 0;
  await persist(async (mark) => {
    const from = task.partial.nextByteOf(task.part);
    if (from >= task.part.end) return;
    const whole = task.part.start === 0 && task.part.end === task.partial.bytes;
    const range = whole && from === 0 ? undefined : ([from, task.part.end - 1] as const);
    const response = await hub.client.get(task.url, {
      signal: hub.signal,
      ...(range === undefined ? {} : { range }),
    });
    try {
      if (response.status === 416 || (range !== undefined && !isRange(response, range, task.partial.bytes))) {
        wrongRanges += 1;
        if (response.status === 200 || wrongRanges >= WRONG_RANGES) throw new RangesUnusable();
      }
      checkAnswer(response, range, task);
      task.started();
      await readInto(task, response, hub, mark);
    } finally {
      response.discard();
    }
  }, hub);
}

/** Whether an answer is the range that was asked for; errors of other kinds are left to the caller. */
function isRange(response: HttpResponse, [first, last]: readonly [number, number], bytes: number): boolean {
  if (response.status === 200) return false;
  if (response.status !== 206) return true;
  const found = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  if (found === null) return false;
  const total = found[3] === '*' ? bytes : Number(found[3]);
  return Number(found[1]) === first && Number(found[2]) === last && total === bytes;
}

function checkAnswer(
  response: HttpResponse,
  range: readonly [number, number] | undefined,
  { asked, partial }: PartTask,
): void {
  if (response.status !== (range === undefined ? 200 : 206)) throw refusalOf(response, asked);
  if (range !== undefined && !isRange(response, range, partial.bytes)) {
    throw new TransientError('The server sent another part than was asked for', response.url);
  }
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new TransientError(`The server sent the file packed (${encoding})`, response.url);
  }
  const length = response.headers['content-length'];
  const wanted = range === undefined ? partial.bytes : range[1] - range[0] + 1;
  if (length !== undefined && Number(length) !== wanted) {
    throw new TransientError(
      `The server announces ${length} bytes where ${wanted} were expected`,
      response.url,
    );
  }
}

/** Writes the body piece by piece; what came before a break counts. */
async function readInto(
  { partial, part, wrote }: PartTask,
  response: HttpResponse,
  hub: HubConnection,
  mark: (bytes: number) => void,
): Promise<void> {
  const write = async (content: Buffer): Promise<void> => {
    await partial.append(part, content);
    wrote(content.length);
    mark(content.length);
  };
  const gathering = partial.gathers ? new Gathering(hub.limits.writeBytes, write) : null;
  let missing = part.end - partial.nextByteOf(part);
  try {
    for await (const chunk of steadyBody(response, hub.limits)) {
      if (chunk.length > missing)
        throw new TransientError('The server sent more than the file has', response.url);
      missing -= chunk.length;
      await (gathering?.add(chunk) ?? write(chunk));
    }
  } finally {
    await gathering?.flush();
  }
  if (missing > 0) {
    throw new TransientError(`The file ended ${missing} bytes too soon`, response.url);
  }
}

/** Small pieces in, large ones out, by way of one piece of memory: fresh memory for each costs more than the copy. */
class Gathering {
  readonly #memory: Buffer;
  readonly #write: (content: Buffer) => Promise<void>;
  #bytes = 0;

  constructor(bytes: number, write: (content: Buffer) => Promise<void>) {
    this.#memory = Buffer.allocUnsafe(bytes);
    this.#write = write;
  }

  async add(piece: Buffer): Promise<void> {
    let taken = 0;
    while (taken < piece.length) {
      const count = piece.copy(this.#memory, this.#bytes, taken);
      taken += count;
      this.#bytes += count;
      if (this.#bytes === this.#memory.length) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#bytes === 0) return;
    const content = this.#memory.subarray(0, this.#bytes);
    this.#bytes = 0;
    await this.#write(content);
  }
}
