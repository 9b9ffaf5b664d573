/** Why it is wrong, of one task, as Markdown. */
import { escapeMarkdown, markdownTable } from './markdown-text.js';
import type { SetAnalysis, TaskReport } from './types.js';
import {
  causeLine,
  causesIn,
  confusionTable,
  formatCount,
  mainAnalyses,
  type PartTable,
  partTables,
  WHY_NOTE,
} from './why.js';

/** Empty where no cell says why. */
export function whyBlocks(task: TaskReport): string[] {
  const analyses = mainAnalyses(task);
  if (analyses.length === 0) return [];
  const lines = analyses.map(causeLine);
  const causes = causesIn(lines);
  const whole = analyses.filter(({ subset }) => subset === 'all');
  return [
    `### ${task.task}: why it is wrong`,
    `${WHY_NOTE} Numbers are means per seed.`,
    markdownTable(
      ['model', 'dataset', 'set', 'wrong', 'missed', ...causes],
      lines.map((line) => [
        escapeMarkdown(line.model),
        escapeMarkdown(line.dataset),
        line.subset,
        ...[line.wrong, line.missed, ...causes.map((cause) => line.causes[cause])].map(formatCount),
      ]),
      3,
    ),
    ...[...new Set(whole.map(({ dataset }) => dataset))].flatMap((dataset) =>
      datasetBlocks(
        task,
        dataset,
        whole.filter((one) => one.dataset === dataset),
      ),
    ),
  ];
}

function datasetBlocks({ task }: TaskReport, dataset: string, analyses: readonly SetAnalysis[]): string[] {
  const labels = confusionTable(analyses);
  return [
    ...partTables(analyses).flatMap((table) => partBlock(`${task}, ${escapeMarkdown(dataset)}`, table)),
    ...(labels === null
      ? []
      : [
          `#### ${task}, ${escapeMarkdown(dataset)}: polarity given where all else in the tuple is right`,
          markdownTable(
            ['model', 'gold', ...labels.labels.map((label) => `→ ${escapeMarkdown(label)}`)],
            labels.rows.map(({ model, gold, counts }) => [
              escapeMarkdown(model),
              escapeMarkdown(gold),
              ...counts.map(formatCount),
            ]),
            2,
          ),
        ]),
  ];
}

function partBlock(place: string, { title, models, rows }: PartTable): string[] {
  return [
    `#### ${place}: F1 (precision / recall) ${title}`,
    markdownTable(
      ['', 'gold', ...models.map(escapeMarkdown)],
      rows.map(({ name, figures }) => [
        escapeMarkdown(name),
        formatCount(Math.max(0, ...figures.map(({ gold }) => gold))),
        ...figures.map(({ f1, precision, recall }) => `${f1} (${precision} / ${recall})`),
      ]),
      1,
    ),
  ];
}
