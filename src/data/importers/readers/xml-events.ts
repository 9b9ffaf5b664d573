/** An XML file as opening and closing elements with their lines, some at a time. */
import { SaxesParser } from 'saxes';
import { FsaError } from '../../../errors.js';
import { readText, type Source } from '../source.js';

export type XmlEvent =
  | {
      readonly type: 'open';
      readonly name: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly line: number;
    }
  /** With the text that stands directly in the element. */
  | { readonly type: 'close'; readonly name: string; readonly text: string; readonly line: number };

const DEEPEST = 100;

/** @throws FsaError DATA with file and line where the text is not well-formed or not UTF-8 */
export async function* readXml(source: Source): AsyncGenerator<XmlEvent[]> {
  const parser = new SaxesParser({ fileName: source.path, xmlns: false });
  const texts: string[] = [];
  let events: XmlEvent[] = [];
  const refuse = (what: string): never => {
    throw new FsaError('DATA', `Not well-formed XML: ${what}.`, {
      where: `${source.path}:${parser.line}`,
      advice: 'Correct the file, or fetch it again where it was cut off.',
    });
  };
  parser.on('error', (error) => refuse(withoutPlace(error.message)));
  parser.on('opentag', ({ name, attributes }) => {
    if (texts.length >= DEEPEST) refuse(`elements lie more than ${DEEPEST} deep`);
    texts.push('');
    events.push({ type: 'open', name, attributes, line: parser.line });
  });
  const addText = (text: string): void => {
    const last = texts.length - 1;
    if (last >= 0) texts[last] = (texts[last] ?? '') + text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', ({ name }) => {
    events.push({ type: 'close', name, text: texts.pop() ?? '', line: parser.line });
  });
  for await (const text of readText(source)) {
    parser.write(text);
    yield events;
    events = [];
  }
  parser.close();
  yield events;
}

/** saxes puts `file:line:column: ` before its messages. */
function withoutPlace(message: string): string {
  return message.replace(/^.*?:\d+:\d+: /s, '').replace(/\.$/, '');
}
