/** Random messages, made from the zod schemas themselves: a new message type is covered when it exists. */
import fc from 'fast-check';
import { z } from 'zod';
import {
  type OrchestratorMessage,
  orchestratorMessage,
  type WorkerMessage,
  workerMessage,
} from '../../../src/rpc/messages.js';

/** Finite, and never -0, which JSON does not carry. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));

export const arbitraryWorkerMessage = arbitraryOf(workerMessage) as fc.Arbitrary<WorkerMessage>;
export const arbitraryOrchestratorMessage = arbitraryOf(
  orchestratorMessage,
) as fc.Arbitrary<OrchestratorMessage>;

function arbitraryOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodDiscriminatedUnion) return fc.oneof(...optionsOf(schema).map(arbitraryOf));
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.ZodType>;
    return fc.record(
      Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, arbitraryOf(field)])),
    );
  }
  if (schema instanceof z.ZodLiteral) return fc.constant(schema.value);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodNullable) return fc.option(arbitraryOf(schema.unwrap() as z.ZodType));
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodArray) {
    return fc.array(arbitraryOf(schema.element as z.ZodType), { minLength: 1, maxLength: 4 });
  }
  if (schema instanceof z.ZodString) return stringOf(schema);
  if (schema instanceof z.ZodNumber) return numberOf(schema);
  throw new Error(`the protocol uses ${schema.type}, which JSON Schema may not carry`);
}

function optionsOf(schema: z.ZodDiscriminatedUnion): z.ZodType[] {
  return schema.options as z.ZodType[];
}

function stringOf(schema: z.ZodString): fc.Arbitrary<string> {
  if (schema.safeParse('cpu').success && !schema.safeParse('x').success)
    return fc.constantFrom('cpu', 'cuda:0');
  if (!schema.safeParse('x').success) {
    return fc.string({
      unit: fc.constantFrom(...Array.from('0123456789abcdef')),
      minLength: 64,
      maxLength: 64,
    });
  }
  return fc.string({ unit: 'binary', minLength: 1, maxLength: 50 });
}

function numberOf(schema: z.ZodNumber): fc.Arbitrary<number> {
  const smallest = [-1, 0, 1].find((value) => schema.safeParse(value).success) ?? schema.minValue ?? 1;
  if (!schema.safeParse(1.5).success) return fc.integer({ min: smallest });
  return smallest < 0 ? number : number.map(Math.abs);
}
