/** A ticket as a file that only its user reads: the pilot removes it as it reads it, and we do where none comes. */
import { open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../storage/make-folder.js';

/** Holds the ticket where a place reads no files of ours (fsa_runtime/pilot.py). */
export const TICKET_VARIABLE = 'FSA_TICKET';

/** @returns its path */
export async function writeTicket(folder: string, name: string, ticket: string): Promise<string> {
  await makeFolder(folder, { mode: 0o700 });
  const path = pathOf(folder, name);
  const file = await open(path, 'wx', 0o600);
  await writeFile(file, `${ticket}\n`).finally(() => file.close());
  return path;
}

/** Whether nobody has read it. */
export async function hasTicket(folder: string, name: string): Promise<boolean> {
  return (await stat(pathOf(folder, name)).catch(() => null)) !== null;
}

export async function removeTicket(folder: string, name: string): Promise<void> {
  await rm(pathOf(folder, name), { force: true });
}

/** Those that nobody came for, of a fsa that died: they open nothing. */
export async function removeAllTickets(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const tickets = names.filter((name) => name.endsWith(ENDING));
  await Promise.all(tickets.map((name) => rm(join(folder, name), { force: true })));
}

const ENDING = '.ticket';

function pathOf(folder: string, name: string): string {
  return join(folder, `${name}${ENDING}`);
}
