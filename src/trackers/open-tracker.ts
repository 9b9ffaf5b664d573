/** The tracker that a setting names. */
import { resolve } from 'node:path';
import { readEnvironment } from '../config/environment.js';
import { parseTrack } from '../config/track.js';
import { Secret } from '../net/settings.js';
import { Mlflow } from './mlflow/tracker.js';
import { TensorBoard } from './tensorboard/tracker.js';
import type { Tracker } from './tracker.js';
import { Webhook } from './webhook.js';

/**
 * @returns null for OpenTelemetry, which hears a run as it happens and takes none afterwards
 * @throws FsaError CONFIG where the word names none
 */
export function openTracker(word: string): Tracker | null {
  const target = parseTrack(word);
  if (target.kind === 'mlflow') return new Mlflow(word, target.url);
  if (target.kind === 'tensorboard')
    return new TensorBoard(word, target.folder === null ? null : resolve(target.folder));
  if (target.kind === 'otel') return null;
  const secret = readEnvironment('FSA_WEBHOOK_SECRET');
  return new Webhook(word, target.url, secret === null ? null : new Secret(secret));
}
