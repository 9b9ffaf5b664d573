/** A reader of RFC 4180 for tests: strict, so that a writer's slip is seen. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [at, row] = [0, [] as string[]];
  while (at < text.length) {
    let field = '';
    if (text[at] === '"') {
      for (at++; !(text[at] === '"' && text[at + 1] !== '"'); at++) {
        if (at >= text.length) throw new Error('a quoted field does not end');
        if (text[at] === '"') at++;
        field += text.charAt(at);
      }
      at++;
    } else {
      while (at < text.length && text[at] !== ',' && text[at] !== '\r') {
        if (text[at] === '"' || text[at] === '\n')
          throw new Error(`a bare ${JSON.stringify(text[at])} in a field`);
        field += text.charAt(at++);
      }
    }
    row.push(field);
    if (text[at] === ',') at++;
    else if (text.startsWith('\r\n', at)) {
      at += 2;
      rows.push(row);
      row = [];
    } else throw new Error(`unexpected text after a field at ${at}`);
  }
  if (row.length > 0) throw new Error('the last line does not end');
  return rows;
}
