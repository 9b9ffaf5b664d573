/** The batch service of an OpenAI-compatible server: files in, a batch made of them, files out. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { isFsaError } from '../../errors.js';
import type { HttpClient, HttpResponse } from '../../net/client.js';
import { readText } from '../../net/read-text.js';
import { TransientError } from '../../net/retry.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import { AskFailure, type Question } from '../llm/provider.js';
import { failureOfStatus } from '../llm/refusals.js';
import { BATCH_ENDPOINT } from './lines.js';

const batchSchema = z.object({
  id: z.string(),
  status: z.string(),
  metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  errors: z
    .object({
      data: z
        .array(
          z.object({
            code: z.string().nullish(),
            message: z.string().nullish(),
            line: z.number().nullish(),
          }),
        )
        .nullish(),
    })
    .nullish()
    .catch(null),
  request_counts: z
    .object({ total: z.number(), completed: z.number(), failed: z.number() })
    .nullish()
    .catch(null),
});

export type BatchState = z.infer<typeof batchSchema>;

/** From which a batch never comes back. */
const LAST_STATES = ['completed', 'failed', 'expired', 'cancelled'];

export const isOver = ({ status }: BatchState): boolean => LAST_STATES.includes(status);

const listSchema = z.object({
  data: z.array(batchSchema),
  has_more: z.boolean().nullish(),
  last_id: z.string().nullish(),
});

/** What is said of a hundred batches; their answers are files, and read as they come. */
const MOST_REPLY_BYTES = 64 * 2 ** 20;

/** Where the provider has one; every call may throw AskFailure. */
export interface BatchService {
  /** The id of the file at the server. */
  upload(path: string, signal: AbortSignal): Promise<string>;
  create(fileId: string, token: string, signal: AbortSignal): Promise<BatchState>;
  retrieve(id: string, signal: AbortSignal): Promise<BatchState>;
  cancel(id: string, signal: AbortSignal): Promise<BatchState>;
  /** The batch that was made with a token; null where there is none. */
  find(token: string, signal: AbortSignal): Promise<BatchState | null>;
  /** The bytes of a file, as they come. */
  download(fileId: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

export function openBatchService(client: HttpClient, baseUrl: string, timeoutMs: number): BatchService {
  const limits = { mostBytes: MOST_REPLY_BYTES, mostMs: timeoutMs };
  const call = async <T>(
    send: () => Promise<HttpResponse>,
    read: (response: HttpResponse) => Promise<T>,
  ): Promise<T> => {
    try {
      const response = await send();
      if (response.status >= 200 && response.status < 300) return await read(response);
      throw refused(response, await readText(response, limits));
    } catch (error) {
      if (isFsaError(error) && error.code !== 'CANCELLED')
        throw new AskFailure(error.message, 'stop', { charged: 'no' });
      if (!(error instanceof TransientError)) throw error;
      throw new AskFailure(error.message, 'again', { charged: 'possibly' });
    }
  };
  const callFor = async <T>(schema: z.ZodType<T>, send: () => Promise<HttpResponse>): Promise<T> => {
    const text = await call(send, async (response) => await readText(response, limits));
    const parsed = schema.safeParse(jsonOrNull(text));
    if (parsed.success) return parsed.data;
    throw new AskFailure('The server answered with something that is no batch', 'again', {
      charged: 'possibly',
    });
  };
  const post = async (path: string, body: object, signal: AbortSignal): Promise<BatchState> => {
    const headers = { 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body), signal } as const;
    return await callFor(batchSchema, async () => await client.send(`${baseUrl}${path}`, sent));
  };
  return {
    upload: async (path, signal) => {
      const form = await writeForm(path);
      const sent = { method: 'POST', ...form, signal } as const;
      const schema = z.object({ id: z.string() });
      return (await callFor(schema, async () => await client.send(`${baseUrl}/files`, sent))).id;
    },
    create: async (fileId, token, signal) =>
      await post(
        '/batches',
        {
          input_file_id: fileId,
          endpoint: BATCH_ENDPOINT,
          completion_window: '24h',
          metadata: { fsa: token },
        },
        signal,
      ),
    retrieve: async (id, signal) =>
      await callFor(batchSchema, async () => await client.get(`${baseUrl}/batches/${id}`, { signal })),
    cancel: async (id, signal) => await post(`/batches/${id}/cancel`, {}, signal),
    find: async (token, signal) => {
      for (let after = ''; ; ) {
        const url = `${baseUrl}/batches?limit=100${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
        const { data, has_more, last_id } = await callFor(
          listSchema,
          async () => await client.get(url, { signal }),
        );
        const found = data.find(({ metadata }) => metadata?.['fsa'] === token);
        if (found !== undefined) return found;
        const last = last_id ?? data.at(-1)?.id;
        if (has_more !== true || last === undefined || last === after) return null;
        after = last;
      }
    },
    download: async (fileId, signal) =>
      await call(
        async () => await client.get(`${baseUrl}/files/${fileId}/content`, { signal }),
        ({ body }) => Promise.resolve(body),
      ),
  };
}

function refused({ status, headers }: HttpResponse, body: string): AskFailure {
  const failure = failureOfStatus(status, headers, body);
  if (status !== 404 && status !== 405) return failure;
  return new AskFailure(`The server has no such batch, or no batches at all (${status})`, 'stop', {
    ...failure.details,
    advice: 'Ask it without --batch; batches that it forgot are listed in batches.ndjson.',
  });
}

/** A form with the file, read as it is sent. */
async function writeForm(
  path: string,
): Promise<{ headers: Record<string, string>; body: AsyncIterable<Uint8Array> }> {
  const boundary = `fsa-${randomBytes(12).toString('hex')}`;
  const field = (head: string): string => `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n`;
  const before = Buffer.from(
    `${field('name="purpose"')}\r\nbatch\r\n${field(`name="file"; filename="${basename(path)}"`)}Content-Type: application/jsonl\r\n\r\n`,
  );
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  const { size } = await stat(path);
  async function* body(): AsyncGenerator<Uint8Array> {
    yield before;
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
    yield after;
  }
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(before.length + size + after.length),
    },
    body: body(),
  };
}

/** A server's batches, and questions in the words that it takes. */
export interface BatchDoor {
  readonly service: BatchService;
  /** The body of a question; what the probe found out is heeded. */
  requestOf(question: Question): Readonly<Record<string, unknown>>;
}
