/** A hub with an account that may write, and a push to it. */
import { expect } from 'vitest';
import { FsaError } from '../../../src/errors.js';
import { push, type PushOptions, type PushResult } from '../../../src/pipelines/push/push.js';
import { openHubHome, QUICK, type HubHome } from './hub-home.js';

export const TOKEN = 'hf_secretsecret';
export const REPO = 'someone/student';

export async function openPushHome(): Promise<HubHome> {
  const home = await openHubHome();
  home.hub.accounts.set(TOKEN, { name: 'someone', writes: ['someone'] });
  process.env['HF_TOKEN'] = TOKEN;
  return home;
}

export async function pushStudent(model: string, options: Partial<PushOptions> = {}): Promise<PushResult> {
  const work = { emit: () => undefined, signal: new AbortController().signal };
  return await push({ model, repo: REPO, license: 'apache-2.0', ...options }, work, QUICK);
}

/** What a push that must be refused ends with. */
export async function refusedPush(model: string, options: Partial<PushOptions> = {}): Promise<FsaError> {
  const error: unknown = await pushStudent(model, options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FsaError);
  return error as FsaError;
}
