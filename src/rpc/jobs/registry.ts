/**
 * Every kind of job: what one is and what it gives (`run` and `result` in messages.ts, whose rules of the wire
 * hold here too). A new kind is a file here, a line below, and a module of its name in fsa_runtime/jobs.
 */
import { z } from 'zod';
import { answer } from './answer.js';
import { distill } from './distill.js';
import { exportJob } from './export.js';
import { finetune } from './finetune.js';
import { generate } from './generate.js';
import { nearDuplicates } from './near-duplicates.js';
import { predict } from './predict.js';
import { prepare } from './prepare.js';
import { probe } from './probe.js';
import { roundTrip } from './round-trip.js';
import { scoreLabels } from './score-labels.js';

export const jobSpec = z
  .discriminatedUnion('kind', [
    probe.spec,
    prepare.spec,
    distill.spec,
    finetune.spec,
    generate.spec,
    predict.spec,
    exportJob.spec,
    nearDuplicates.spec,
    roundTrip.spec,
    scoreLabels.spec,
    answer.spec,
  ])
  .meta({ title: 'JobSpec' });

export const jobOutput = z
  .discriminatedUnion('kind', [
    probe.output,
    prepare.output,
    distill.output,
    finetune.output,
    generate.output,
    predict.output,
    exportJob.output,
    nearDuplicates.output,
    roundTrip.output,
    scoreLabels.output,
    answer.output,
  ])
  .meta({ title: 'JobOutput' });

export type JobSpec = z.infer<typeof jobSpec>;
export type JobKind = JobSpec['kind'];
export type JobOutput = z.infer<typeof jobOutput>;
export type OutputOf<Kind extends JobKind> = Extract<JobOutput, { kind: Kind }>;
export type SpecOf<Kind extends JobKind> = Extract<JobSpec, { kind: Kind }>;
