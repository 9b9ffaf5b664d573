/** What is worth a look in imported data, in sentences. */
import { quoted } from '../../data/formats/json-values.js';
import type { Imported, ImportPlan } from '../../data/importers/import-files.js';
import { PARTS } from '../../data/importers/parts.js';
import { taskNamed } from '../../tasks/registry.js';

/** What each note of a row means for those who read it; `n` rows have it. */
const NOTES: Readonly<Record<string, string>> = {
  'implicit-term':
    'have an implicit term, which the task has no form for: it counts as gold and can never be found',
  'implicit-opinion':
    'have an implicit opinion, which the task has no form for: it counts as gold and can never be found (acos has one)',
  'null-category-left-out': 'lost a tuple without a category: the task asks for categories alone',
  'implicit-term-left-out': 'lost a tuple without a term: the task asks for terms alone',
  'label-left-out': 'lost a tuple whose label is mapped to nothing',
  'term-not-in-text':
    'have a term that is not in the text: it counts as gold and can never be found (try --repair spaces)',
  'opinion-not-in-text': 'have an opinion that is not in the text',
  'term-spaces': 'had a term with other spaces than the text: the text’s own form is taken',
  'opinion-spaces': 'had an opinion with other spaces than the text: the text’s own form is taken',
  'term-trimmed': 'had spaces around a term',
  'opinion-trimmed': 'had spaces around an opinion',
  'literal-recovered':
    'had quotes inside strings that nobody escaped: the fields were separated all the same',
  'several-places':
    'name words that stand in the text more than once, without saying where: the first place is taken',
  'one-label-for-several-marks': 'have one label for several marked terms',
  'several-annotations': 'were annotated more than once: the latest annotation counts',
  'offset-case': 'spell a term in another case than the text: the text’s own form is taken',
  'offset-utf16': 'had offsets in UTF-16 units: put in characters',
  'offset-utf8': 'had offsets in bytes of UTF-8: put in characters',
  'offset-crlf': 'had offsets of a text with CRLF line ends: shifted',
  'offset-moved': 'had offsets beside their words: the nearest place of the words is taken',
  'out-of-scope': 'are marked as out of scope by the file and kept without tuples',
  'text-level': 'are whole reviews, whose opinions belong to no sentence',
  'text-of-words': 'have the text of the tagged words, which differs from the sentence beside it',
  'numbered-term-left-out': 'lost terms with numbered tags (TT-…), whose pairs the format keeps elsewhere',
  'part-of-row':
    'say in a column of their own which part they are of: it holds, save where --train, --dev or --test does',
  'part-unknown':
    'name a part that is none of train, dev (val, validation) and test: they go where their file goes',
  'twice-encoded':
    'look like UTF-8 that was read as windows-1252 and saved so (as CafÃ© for Café): a model would learn those letters; save the file again from where it was right',
  'id-repeated': 'repeat an id: their line was added to it',
};

/** Fewer tuples of a label than this teach it badly. */
const FEW_TUPLES = 10;

export function warningsOf(plan: ImportPlan, imported: Imported, guessed: boolean): string[] {
  const { task, files } = plan;
  const elements = taskNamed(task).elements.join(', ');
  return [
    ...(guessed
      ? [`The task was guessed from what is annotated: ${task} (${elements}). Name it with --task.`]
      : []),
    ...(imported.tuples === 0 ? [`No sentence has a tuple of ${task}, which needs ${elements}.`] : []),
    ...plan.labels.unused.map(
      (word) => `No label is ${quoted(word)}: what was said of it (--map) does nothing.`,
    ),
    ...splitWarnings(plan, imported),
    ...files
      .filter(({ source }) => source.encoding !== 'utf-8')
      .map(({ source }) => `${source.path} was read as ${source.encoding}.`),
    ...files.flatMap(({ source: { path, insteadOf } }) =>
      insteadOf === null ? [] : [isUtf8(path, insteadOf)],
    ),
    ...Object.entries(imported.notes).map(
      ([note, rows]) => `${rows} ${rows === 1 ? 'row' : 'rows'}: ${NOTES[note] ?? note}.`,
    ),
    ...rareLabels(imported),
    ...sharedTexts(imported),
    ...(imported.rejectedCount === 0
      ? []
      : [
          `${imported.rejectedCount} ${imported.rejectedCount === 1 ? 'row was' : 'rows were'} not taken; rejects.jsonl says why.`,
        ]),
  ];
}

function isUtf8(path: string, insteadOf: string): string {
  const convert = `iconv -f ${insteadOf} -t utf-8`;
  return `${path} was read as utf-8, which it is from beginning to end, and not as ${insteadOf}, as was said of it (if it is that all the same, convert it: ${convert}).`;
}

function splitWarnings({ seed }: ImportPlan, { parts, cut, notes }: Imported): string[] {
  if (cut.length > 0) {
    const name = notes['part-of-row'] === undefined ? 'No file is' : 'No file and no row is of';
    return [`${name} a ${cut.join(' or ')} set: cut from the rest with seed ${seed}, reviews kept together.`];
  }
  const missing = missingPartsWarning(parts);
  return missing === null ? [] : [missing];
}

/** Of interest to whoever makes a dataset, not where one file is read by itself. */
export function missingPartsWarning(parts: Imported['parts']): string | null {
  const missing = PARTS.filter((part) => parts[part] === undefined);
  if (missing.length === 0) return null;
  return `There is no ${missing.join(', no ')} set: enough to score or predict, not to train (--train FILE adds one).`;
}

function rareLabels({ parts, polarities }: Imported): string[] {
  const counts = parts.train?.polarities ?? (Object.keys(parts).length === 0 ? polarities : {});
  return Object.entries(counts)
    .filter(([, count]) => count < FEW_TUPLES)
    .map(
      ([label, count]) =>
        `The label ${label} has only ${count} ${count === 1 ? 'tuple' : 'tuples'} to learn from.`,
    );
}

function sharedTexts({ shared }: Imported): string[] {
  return [
    ...(shared.trainDev > 0
      ? [`${shared.trainDev} texts of dev stand in train: choosing an epoch by them chooses little.`]
      : []),
    ...(shared.trainTest > 0
      ? [`${shared.trainTest} texts of test stand in train: the score is too good by them.`]
      : []),
  ];
}
