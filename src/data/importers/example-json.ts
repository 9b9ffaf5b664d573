/** A row in the benchmark's JSON form. Written piece by piece: a million rows pass here. */
import type { TaskTuple } from './project.js';
import type { Span } from './row.js';

export function exampleJson(id: string, sentence: string, tuples: readonly TaskTuple[]): string {
  let aspects = '';
  for (const tuple of tuples) aspects += `${aspects === '' ? '' : ','}${aspectJson(tuple)}`;
  return `{"ID":${JSON.stringify(id)},"sentence":${JSON.stringify(sentence)},"aspects":[${aspects}]}`;
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
