/** A row in the benchmark's JSON form. Written piece by piece: a million rows pass here. */
import type { TaskTuple } from './project.js';
import { reviewOfId } from './parts.js';
import type { ImportedRow, Span } from './row.js';

/** @param row its review is written where the id does not say it */
export function exampleJson(
  id: string,
  { text, review }: Pick<ImportedRow, 'text' | 'review'>,
  tuples: readonly TaskTuple[],
): string {
  let aspects = '';
  for (const tuple of tuples) aspects += `${aspects === '' ? '' : ','}${aspectJson(tuple)}`;
  const group =
    review === undefined || reviewOfId(id) === review ? '' : `"review_id":${JSON.stringify(review)},`;
  return `{"ID":${JSON.stringify(id)},${group}"sentence":${JSON.stringify(text)},"aspects":[${aspects}]}`;
}

function aspectJson({ term, category, opinion, polarity }: TaskTuple): string {
  let json = '{';
  if (term === null) json += '"target":null,"from":null,"to":null,';
  else if (term !== undefined) json += `"target":${JSON.stringify(term.text)},${offsetsJson(term)},`;
  if (category !== undefined) json += `"category":${JSON.stringify(category)},`;
  json += `"polarity":${JSON.stringify(polarity)}`;
  if (opinion === null) json += ',"opinion":null';
  else if (opinion !== undefined) {
    json += `,"opinion":{"text":${JSON.stringify(opinion.text)},${offsetsJson(opinion)}}`;
  }
  return `${json}}`;
}

function offsetsJson({ from, to }: Span): string {
  return `"from":${String(from)},"to":${String(to)}`;
}
