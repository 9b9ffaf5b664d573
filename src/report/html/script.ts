/**
 * What runs in the page: the browser of the sentences that went wrong. It reads the data embedded beside it
 * and writes text through `textContent` only. Plain JavaScript, because it is hashed and embedded as it is.
 */
export const SCRIPT = String.raw`'use strict';
(() => {
  const PAGE = 50;
  const root = document.getElementById('mistakes');
  const source = document.getElementById('mistake-data');
  if (root === null || source === null) return;
  const data = JSON.parse(source.textContent);
  const find = (name) => root.querySelector('[data-part="' + name + '"]');
  const body = find('rows'), status = find('status'), back = find('back'), next = find('next'), search = find('search');
  const selects = ['task', 'dataset', 'model', 'share', 'subset', 'cause', 'order'].map((name) => [name, find(name)]).filter(([, box]) => box !== null);
  const texts = data.sentences.map((text) => text.toLowerCase());
  const lists = data.pieces.map((pieces) => pieces.join(' ; ').toLowerCase());
  let shown = [], page = 0, waiting = 0;
  const causedBy = (marks, cause) => Array.from(marks).some((letter) => data.marks[letter][1] === cause);

  const matches = (row, wanted, words) => {
    const place = data.places[row[0]];
    for (const name of ['task', 'dataset', 'model', 'share']) {
      if (wanted[name] !== undefined && wanted[name] !== '' && String(place[name]) !== wanted[name]) return false;
    }
    if (wanted.subset !== undefined && wanted.subset !== '' && (row[3] & (1 << Number(wanted.subset))) === 0) return false;
    if (wanted.cause !== undefined && wanted.cause !== '' && !causedBy(row[6] + row[8], wanted.cause)) return false;
    return words.every((word) => texts[row[2]].includes(word) || lists[row[5]].includes(word) || lists[row[7]].includes(word));
  };

  const filter = () => {
    // A search that waits is part of this one; later it would turn back a page that was turned meanwhile.
    clearTimeout(waiting);
    const wanted = Object.fromEntries(selects.map(([name, box]) => [name, box.value]));
    const words = search.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    shown = data.rows.filter((row) => matches(row, wanted, words));
    if (wanted.order === 'seeds') shown.sort((a, b) => data.seeds[b[4]].length - data.seeds[a[4]].length);
    page = 0;
    draw();
  };

  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text !== null) made.textContent = text;
    if (name) made.className = name;
    return made;
  };

  const pairs = (label, pieces, marks) => {
    const cell = element('td', null);
    cell.setAttribute('data-label', label);
    if (pieces.length === 0) cell.append(element('span', 'nothing', 'empty'));
    pieces.forEach((text, index) => {
      const [mark, cause] = data.marks[marks[index]];
      const pair = element('span', text, 'pair ' + mark);
      if (text.length > 160) {
        pair.className += ' long';
        pair.tabIndex = 0;
      }
      pair.title = cause === null ? mark : mark + ': ' + cause;
      if (cause !== null && cause !== 'missing' && cause !== mark) pair.setAttribute('data-cause', cause);
      cell.append(pair, ' ');
    });
    return cell;
  };

  const makeRow = (row) => {
    const place = data.places[row[0]];
    const line = element('tr', null);
    const where = element('td', null, 'where');
    const seeds = data.seeds[row[4]];
    where.append(element('b', place.model), element('span', place.task + ' · ' + place.dataset + ' · ' + data.ids[row[1]]));
    where.append(element('span', (place.shareText ? place.shareText + ' · ' : '') + seeds.length + ' of ' + place.cells + (place.cells === 1 ? ' seed' : ' seeds') + ': ' + seeds.join(', ')));
    where.setAttribute('data-label', 'Where');
    const sentence = element('td', data.sentences[row[2]], 'sentence');
    sentence.setAttribute('data-label', 'Sentence');
    line.append(where, sentence, pairs('Gold', data.pieces[row[5]], row[6]), pairs('Predicted', data.pieces[row[7]], row[8]));
    return line;
  };

  const count = (n) => n.toLocaleString('en');
  const draw = () => {
    const from = page * PAGE;
    const some = shown.slice(from, from + PAGE);
    body.replaceChildren(...some.map(makeRow));
    if (some.length === 0) {
      const line = element('tr', null), cell = element('td', 'No sentence matches.', 'empty');
      cell.colSpan = 4;
      line.append(cell);
      body.append(line);
    }
    status.textContent = some.length === 0 ? '0 of ' + count(data.rows.length) : count(from + 1) + '–' + count(from + some.length) + ' of ' + count(shown.length) + (shown.length === data.rows.length ? '' : ' (filtered from ' + count(data.rows.length) + ')');
    back.disabled = page === 0;
    next.disabled = from + PAGE >= shown.length;
  };

  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  for (const [, box] of selects) box.addEventListener('change', filter);
  const turn = (by) => {
    page += by;
    draw();
    root.scrollIntoView({ block: 'start' });
  };
  back.addEventListener('click', () => turn(-1));
  next.addEventListener('click', () => turn(1));
  root.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
  filter();
})();
`;
