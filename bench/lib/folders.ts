/** Where the parts of a comparison lie. */
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
export const PYTHON_FOLDER = resolve(ROOT, 'bench/python');
