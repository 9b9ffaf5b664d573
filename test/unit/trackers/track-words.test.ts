import { expect, it } from 'vitest';
import { parseTrack } from '../../../src/config/track.js';
import { fsa } from '../../helpers/cli.js';

it.each([
  ['mlflow', 'A tracker needs the address of its server.'],
  ['mlflow=nowhere', 'A tracker needs the address of its server.'],
  ['webhook=ftp://host/x', 'A tracker needs the address of its server.'],
  ['mlflow=http://me:secret@host', 'The address of a tracker holds a password.'],
  ['wandb=http://host', 'The setting names no tracker that there is.'],
])('refuses %s in a sentence without repeating it', (word, sentence) => {
  expect(() => parseTrack(word)).toThrow(sentence);
  expect(() => parseTrack(word)).not.toThrow('secret');
});

it('ends a command before any work where a tracker is wrong', async () => {
  const { exitCode, stderr } = await fsa(['eval', '--model', 'nowhere', '--track', 'mlflow=nowhere']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('needs the address of its server');
});
