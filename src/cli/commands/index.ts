/** Every command by its name and summary; what it can do is loaded where it is asked for: help stays quick. */
import type { Command, CommandEntry } from '../command.js';

/** In the order of a first project. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'setup',
    summary: 'create the pinned Python runtime',
    load: async () => (await import('./setup.js')).setupCommand,
  },
  {
    name: 'doctor',
    summary: 'check everything that fsa stands on',
    load: async () => (await import('./doctor.js')).doctorCommand,
  },
  {
    name: 'download',
    summary: 'download students, corpus and benchmark, verified and resumable',
    load: async () => (await import('./download.js')).downloadCommand,
  },
  {
    name: 'data',
    summary: 'import, check, describe, compare and thin out data files',
    load: async () => (await import('./data.js')).dataCommand,
  },
  {
    name: 'teach',
    summary: 'have a large language model write a corpus about your reviews',
    load: async () => (await import('./teach.js')).teachCommand,
  },
  {
    name: 'distill',
    summary: 'teach a student the answers of a large language model',
    load: async () => (await import('./distill.js')).distillCommand,
  },
  {
    name: 'eval',
    summary: 'fine-tune and measure models × datasets × seeds',
    load: async () => (await import('./eval.js')).evalCommand,
  },
  {
    name: 'baseline',
    summary: 'measure language models in context: models × datasets × shots × seeds',
    load: async () => (await import('./baseline.js')).baselineCommand,
  },
  {
    name: 'zeroshot',
    summary: 'judge texts or terms with students and teachers as they are',
    load: async () => (await import('./zeroshot.js')).zeroshotCommand,
  },
  {
    name: 'finetune',
    summary: 'make one student to deploy: fine-tune, keep the best epoch, test once',
    load: async () => (await import('./finetune.js')).finetuneCommand,
  },
  {
    name: 'predict',
    summary: 'tuples for every sentence of a file or of standard input',
    load: async () => (await import('./predict.js')).predictCommand,
  },
  {
    name: 'export',
    summary: 'a student for runtimes without Python, checked before it is finished',
    load: async () => (await import('./export.js')).exportCommand,
  },
  {
    name: 'serve',
    summary: 'answer over HTTP: /predict, KServe v2, metrics, a page to try a sentence',
    load: async () => (await import('./serve.js')).serveCommand,
  },
  {
    name: 'score',
    summary: 'score a predictions file against gold files (no Python needed)',
    load: async () => (await import('./score.js')).scoreCommand,
  },
  {
    name: 'report',
    summary: 'tables, charts and mistakes of one or more runs',
    load: async () => (await import('./report.js')).reportCommand,
  },
  {
    name: 'runs',
    summary: 'list, show and compare run folders',
    load: async () => (await import('./runs.js')).runsCommand,
  },
  {
    name: 'watch',
    summary: 'a run as a live page in the browser: cells, losses, time left, failures, report',
    load: async () => (await import('./watch.js')).watchCommand,
  },
  {
    name: 'cluster',
    summary: 'check a cluster before a run is spread over it',
    load: async () => (await import('./cluster.js')).clusterCommand,
  },
  {
    name: 'sync',
    summary: 'send trackers what they missed of a run',
    load: async () => (await import('./sync.js')).syncCommand,
  },
  {
    name: 'card',
    summary: "a student's model card: results, training data, limits",
    load: async () => (await import('./card.js')).cardCommand,
  },
  {
    name: 'push',
    summary: 'a student and its card to the hub, as one commit',
    load: async () => (await import('./push.js')).pushCommand,
  },
  {
    name: 'init',
    summary: 'write a commented fsa.yaml; asks on a terminal unless flags answer',
    load: async () => (await import('./init.js')).initCommand,
  },
  {
    name: 'config',
    summary: 'the settings as they hold',
    load: async () => (await import('./config.js')).configCommand,
  },
];

/** The whole of one command. */
export async function loadCommand({ name, summary, load }: CommandEntry): Promise<Command> {
  return { name, summary, ...(await load()) };
}
