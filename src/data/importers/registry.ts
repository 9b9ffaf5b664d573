/** Every reader, and which one a file needs: its content decides, names may say what they like. */
import { FsaError } from '../../errors.js';
import { jsonOrNull } from '../../storage/json-or-null.js';
import { type FormatName, type Head, type Importer } from './importer.js';
import { absaQuad } from './readers/absa-quad.js';
import { acos } from './readers/acos.js';
import { apc } from './readers/apc.js';
import { aste } from './readers/aste.js';
import { atepc } from './readers/atepc.js';
import { csv } from './readers/csv.js';
import { doccano } from './readers/doccano.js';
import { instructAbsa } from './readers/instructabsa.js';
import { jsonl } from './readers/jsonl.js';
import { labelStudio } from './readers/label-studio.js';
import { mAbsa } from './readers/m-absa.js';
import { prodigy } from './readers/prodigy.js';
import { seg } from './readers/seg.js';
import { mams, semeval14 } from './readers/semeval14.js';
import { semeval16 } from './readers/semeval16.js';
import { tags } from './readers/tags.js';
import { tasBert } from './readers/tas-bert.js';
import { tasd } from './readers/tasd.js';
import { uabsa } from './readers/uabsa.js';
import type { Source } from './source.js';

/** The closer forms come before the looser ones. */
const IMPORTERS: readonly Importer[] = [
  semeval16,
  semeval14,
  mams,
  absaQuad,
  tasd,
  mAbsa,
  aste,
  uabsa,
  acos,
  tags,
  tasBert,
  seg,
  apc,
  atepc,
  labelStudio,
  prodigy,
  doccano,
  instructAbsa,
  jsonl,
  csv,
];

/** @throws RangeError for a name that is none of FORMATS */
export function importerNamed(name: FormatName): Importer {
  const importer = IMPORTERS.find((known) => known.name === name);
  if (importer === undefined) throw new RangeError(`there is no reader called ${name}`);
  return importer;
}

/** Null where a file that begins so has no form that is read. */
export function findFormat(head: Head): Importer | null {
  return IMPORTERS.find((importer) => importer.recognise(head)) ?? null;
}

/** @throws FsaError DATA naming the nearest of the forms that are read, and all of them, where the file has none */
export function recogniseFormat(source: Source): Importer {
  const head = headOf(source.head);
  const found = findFormat(head);
  if (found !== null) return found;
  const where = `${source.path}:1`;
  if (head.lines.length === 0) {
    throw new FsaError('DATA', 'The file is empty.', {
      where,
      advice: 'Name a file that holds annotated sentences.',
    });
  }
  const near = nearestForm(head);
  const isTable = near?.startsWith(TABLE) === true;
  const columns = '--column text=NAME --column term=NAME --column polarity=NAME';
  throw new FsaError('DATA', 'The file has no form that is read.', {
    where,
    problems: [...(near === null ? [] : [near]), ...IMPORTERS.map(({ name, form }) => `${name}: ${form}`)],
    advice: isTable
      ? `Name its columns (fsa data import ${source.path} ${columns}), or its form (--from NAME).`
      : `Name its form (fsa data import ${source.path} --from NAME), or the columns of a table (${columns}).`,
  });
}

/** What a text gives away about its format. */
export function headOf(text: string): Head {
  const lines = text.split('\n');
  return {
    text,
    lines: lines
      .map((line) => line.replace(/\r$/, ''))
      .filter((line) => line.trim() !== '')
      .slice(0, 200),
  };
}

const TABLE = 'It looks like a table';

/** What an unknown file most looks like, in a sentence. */
function nearestForm({ text, lines }: Head): string | null {
  const [first = ''] = lines;
  const start = text.trimStart();
  if (start.startsWith('<')) return 'It looks like XML, but has no <sentences> and no <Reviews>';
  if (lines.some((line) => line.includes('####')))
    return 'Its lines have ####, but no annotation after it that is known';
  if (lines.some((line) => line.includes('$T$'))) return 'It has $T$, but not in the first of three lines';
  if (/^\{.*\},?$/.test(first.trim()) && jsonOrNull(first) === null)
    return 'It looks like JSON lines, but the first is not valid JSON';
  if (start.startsWith('{') || start.startsWith('['))
    return 'It looks like JSON, but its first object has no text with tuples';
  if (/[,;\t|]/.test(first)) {
    return `${TABLE}, but no column is known to hold the texts or the labels: ${first.slice(0, 120)}`;
  }
  return null;
}
