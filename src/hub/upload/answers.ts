/** What the hub must answer to each step of a push: its client takes any answer for a good one. */
import { z } from 'zod';
import { FsaError } from '../../errors.js';
import { printableUrl } from '../../net/failures.js';

const commitId = z.string().regex(/^[0-9a-f]{40}$/);
const object = z.looseObject({});

/** By how the path of the address ends. */
const ANSWERS: readonly (readonly [RegExp, z.ZodType])[] = [
  [/\/validate-yaml$/, z.looseObject({ errors: z.array(z.looseObject({ message: z.string() })).optional() })],
  [/\/repos\/create$/, object],
  [/\/revision\/main$/, z.looseObject({ sha: commitId })],
  [
    /\/preupload\/main$/,
    z.looseObject({ files: z.array(z.looseObject({ path: z.string(), uploadMode: z.string() })) }),
  ],
  [/\/objects\/batch$/, z.looseObject({ objects: z.array(z.looseObject({ oid: z.string() })) })],
  [/\/commit\/main$/, z.looseObject({ commitOid: commitId })],
];

/**
 * Looks at a good answer of the hub: a proxy's sign-in page is one as well.
 * @throws FsaError DOWNLOAD where no hub answers so
 */
export async function requireHubAnswer(url: URL, answer: Response): Promise<void> {
  const wanted = ANSWERS.find(([path]) => path.test(url.pathname))?.[1];
  if (wanted === undefined || !answer.ok) return;
  const value: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  const { success, error } = wanted.safeParse(value);
  if (success) return;
  const place = error.issues[0]?.path.join('.') ?? '';
  const what = value === undefined ? 'it is no JSON' : place === '' ? 'it is no object' : `${place} is wrong`;
  throw new FsaError('DOWNLOAD', `What answers is not the hub: ${what}.`, {
    where: printableUrl(url),
    advice: 'Check HF_ENDPOINT and the proxy: something else may be answering.',
  });
}

/**
 * Large files go to a storage elsewhere, by addresses that the hub signs: its refusal says nothing of the token.
 * @throws FsaError DOWNLOAD naming the storage and the status
 */
export function requireStored(url: URL, answer: Response): void {
  if (answer.ok) return;
  throw new FsaError('DOWNLOAD', `The hub's storage refuses a large file (${answer.status}).`, {
    where: printableUrl(url),
    advice: 'Run the same command again: the files that are there already are not sent again.',
  });
}
