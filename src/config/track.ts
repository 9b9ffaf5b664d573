/** `--track` and the `track` setting in words: `mlflow=URL`, `tensorboard`, `tensorboard=FOLDER`, `webhook=URL`, `otel`. */
import { FsaError } from '../errors.js';

export type TrackTarget =
  | { readonly kind: 'mlflow' | 'webhook'; readonly url: URL }
  /** `folder` is null for the run's own. */
  | { readonly kind: 'tensorboard'; readonly folder: string | null }
  | { readonly kind: 'otel' };

/** @throws FsaError CONFIG where the word names no tracker or no place */
export function parseTrack(word: string): TrackTarget {
  const at = word.indexOf('=');
  const kind = at < 0 ? word : word.slice(0, at);
  const place = at < 0 ? '' : word.slice(at + 1);
  if (kind === 'mlflow' || kind === 'webhook') return { kind, url: requireUrl(kind, place) };
  if (kind === 'tensorboard') return { kind, folder: place === '' ? null : place };
  if (kind === 'otel') return { kind };
  throw new FsaError('CONFIG', 'The setting names no tracker that there is.', {
    where: 'track',
    advice: 'Choose from mlflow=URL, tensorboard, tensorboard=FOLDER, webhook=URL and otel.',
  });
}

function requireUrl(kind: string, place: string): URL {
  const url = URL.canParse(place) ? new URL(place) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new FsaError('CONFIG', 'A tracker needs the address of its server.', {
      where: `track: ${kind}`,
      advice: `Write it whole, such as ${kind}=http://127.0.0.1:5000.`,
    });
  if (url.username === '' && url.password === '') return url;
  // run.json keeps the settings: a password there would travel with every copy of the run.
  throw new FsaError('CONFIG', 'The address of a tracker holds a password.', {
    where: `track: ${kind}`,
    advice: 'Take it out; for MLflow set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead.',
  });
}
