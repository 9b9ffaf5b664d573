import type { DoctorReport } from '../../index.js';
import { printable } from '../../printable.js';

/** One line per check: ok, or what to do. */
export function formatDoctor({ ok, checks }: DoctorReport, color: boolean): string {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const lines = checks.map((check) => {
    const mark = check.ok ? paint(32, 'ok  ') : paint(31, 'FAIL');
    const advice = check.advice === null || check.ok ? '' : `\n       ${check.advice}`;
    return `${mark} ${printable(`${check.name}: ${check.found}${advice}`)}`;
  });
  return [
    ...lines,
    ok ? 'Everything is in order.' : 'Something is not in order; see the lines marked FAIL.',
  ].join('\n');
}
