/** The page's script: takes the log's lines one by one and the board whole. The board comes escaped; lines go in as text. */
export const WATCH_SCRIPT = `'use strict';
const byId = (id) => document.getElementById(id);
const log = byId('log');
const MOST_LINES = 500;
function addLine(line) {
  const item = document.createElement('li');
  const time = document.createElement('time');
  time.dateTime = line.time;
  time.textContent = line.time.slice(11, 19);
  item.append(time, ' ' + line.text);
  item.className = line.type;
  log.prepend(item);
  while (log.childElementCount > MOST_LINES) log.lastElementChild.remove();
  byId('count').textContent = String(Number(byId('count').textContent) + 1);
}
const events = new EventSource('/events?from=' + log.dataset.from);
const connection = byId('connection');
events.addEventListener('open', () => { connection.textContent = 'live'; });
events.addEventListener('error', () => { connection.textContent = 'connection lost, trying again'; });
events.addEventListener('journal', (event) => addLine(JSON.parse(event.data)));
events.addEventListener('board', (event) => {
  byId('board').innerHTML = JSON.parse(event.data).html;
  document.title = (document.querySelector('.status')?.textContent ?? '') + ' · ' + document.body.dataset.run;
});
events.addEventListener('reload', () => location.reload());
`;
