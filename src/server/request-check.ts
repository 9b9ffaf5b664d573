/** Requests held against their schemas, and in words what is wrong with one: which field, why, what to send instead. */
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { kindOf, kindWanted, placeOf, valueAt } from '../config/kind-words.js';
import { nearestName } from '../config/nearest.js';
import { Refusal } from './refusal.js';

/** A list of ten thousand numbers has one mistake, not ten thousand. */
const MOST_PROBLEMS = 3;

export const checkRequests: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (request: unknown) => {
    const { data, error } = schema.safeParse(request);
    if (error === undefined) return { value: data };
    return { error: new Refusal('invalid-request', describeProblems(error.issues, request, schema)) };
  };

function describeProblems(issues: readonly z.core.$ZodIssue[], request: unknown, schema: z.ZodType): string {
  const problems = issues.flatMap((issue) => problemsOf(issue, request, schema));
  const told = problems.slice(0, MOST_PROBLEMS);
  const more = problems.length - told.length;
  if (more > 0) told.push(`and ${more} more like these`);
  const { examples } = schema.meta() ?? {};
  const advice = Array.isArray(examples) ? ` Send for example ${JSON.stringify(examples[0])}.` : '';
  const problem = told.join('; ');
  return `The request cannot be read: ${problem}${problem.endsWith('?') ? '' : '.'}${advice}`;
}

/** Values are not repeated: they may be somebody's text. */
function problemsOf(issue: z.core.$ZodIssue, request: unknown, schema: z.ZodType): string[] {
  const place = issue.path.length === 0 ? 'the body' : placeOf(issue.path);
  const value = valueAt(issue.path, request);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => describeUnknown(key, schema));
  if (value === undefined) return [`${place} is missing`];
  if (issue.code === 'invalid_type') {
    const kind = typeof value === 'number' && issue.expected === 'int' ? 'a fraction' : kindOf(value);
    return [`${place} is ${kind}, not ${kindWanted(issue.expected)}`];
  }
  if (issue.code === 'too_small' && issue.origin === 'array') return [`${place} is empty`];
  return [`${place} is not as /openapi.json describes it`];
}

function describeUnknown(key: string, schema: z.ZodType): string {
  if (!/^\w{1,40}$/.test(key)) return 'one of its fields is not known here';
  const known = 'shape' in schema ? Object.keys(schema.shape as object) : [];
  const meant = nearestName(key, known);
  return `there is no field ${key}${meant === null ? '' : `; did you mean ${meant}?`}`;
}
