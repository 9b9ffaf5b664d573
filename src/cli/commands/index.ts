import type { Command } from '../command.js';
import { cardCommand } from './card.js';
import { baselineCommand } from './baseline.js';
import { clusterCommand } from './cluster.js';
import { configCommand } from './config.js';
import { dataCommand } from './data.js';
import { distillCommand } from './distill.js';
import { doctorCommand } from './doctor.js';
import { downloadCommand } from './download.js';
import { evalCommand } from './eval.js';
import { exportCommand } from './export.js';
import { finetuneCommand } from './finetune.js';
import { predictCommand } from './predict.js';
import { initCommand } from './init.js';
import { pushCommand } from './push.js';
import { reportCommand } from './report.js';
import { runsCommand } from './runs.js';
import { scoreCommand } from './score.js';
import { serveCommand } from './serve.js';
import { setupCommand } from './setup.js';
import { teachCommand } from './teach.js';
import { syncCommand } from './sync.js';
import { watchCommand } from './watch.js';
import { zeroshotCommand } from './zeroshot.js';

/** Every command, in the order of a first project. */
export const COMMANDS: readonly Command[] = [
  setupCommand,
  doctorCommand,
  downloadCommand,
  dataCommand,
  teachCommand,
  distillCommand,
  evalCommand,
  baselineCommand,
  zeroshotCommand,
  finetuneCommand,
  predictCommand,
  exportCommand,
  serveCommand,
  scoreCommand,
  reportCommand,
  runsCommand,
  watchCommand,
  clusterCommand,
  syncCommand,
  cardCommand,
  pushCommand,
  initCommand,
  configCommand,
];
