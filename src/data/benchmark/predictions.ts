/** A file of predictions: a JSON array of strings, or JSON lines with `text` (as in a run folder). */
import { isObject, nameOf, own } from '../formats/json-values.js';
import { readRawFile } from './file.js';
import { errorOfFindings, type Finding } from '../formats/findings.js';

/** The predicted texts in order. @throws FsaError DATA with every problem of the file */
export async function readPredictions(path: string): Promise<string[]> {
  const raw = await readRawFile(path);
  const findings: Finding[] = [...raw.faults];
  const texts: string[] = [];
  for (const { value, line, number } of raw.rows) {
    const text = isObject(value) ? own(value, 'text') : value;
    if (typeof text === 'string') {
      texts.push(text);
      continue;
    }
    const message =
      isObject(value) && text === undefined
        ? 'text is missing'
        : `a prediction is a text or an object with text, not ${nameOf(text)}`;
    findings.push({
      file: path,
      line,
      row: number,
      field: isObject(value) ? 'text' : null,
      severity: 'error',
      kind: 'prediction',
      message,
    });
  }
  if (findings.length > 0) throw errorOfFindings(path, findings);
  return texts;
}
