/** The page's script: asks /predict and marks the terms where they stand. All text goes in as text, never as HTML. */
export const TRY_SCRIPT = `'use strict';
const byId = (id) => document.getElementById(id);
const make = (name, text, className) => {
  const element = document.createElement(name);
  element.textContent = text;
  if (className) element.className = className;
  return element;
};
const note = (text) => {
  const row = document.createElement('tr');
  const cell = make('td', text);
  cell.colSpan = 4;
  row.append(cell);
  return row;
};
const polarityClass = (polarity) =>
  ['positive', 'negative', 'neutral', 'conflict'].includes(polarity) ? polarity : 'other';
const headers = () => {
  const token = byId('token').value;
  return { 'content-type': 'application/json', ...(token ? { authorization: 'Bearer ' + token } : {}) };
};

async function ask(path, body) {
  const options = body ? { method: 'POST', headers: headers(), body: JSON.stringify(body) } : { headers: headers() };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (response.status === 401) byId('token-label').hidden = false;
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// Offsets count code points; JavaScript's own count UTF-16 units.
function mark(text, tuples) {
  const points = Array.from(text);
  const spans = tuples.filter((t) => Number.isInteger(t.from) && t.to > t.from).sort((a, b) => a.from - b.from || b.to - a.to);
  const marked = byId('marked');
  marked.replaceChildren();
  let at = 0;
  for (const span of spans) {
    if (span.from < at) continue;
    marked.append(points.slice(at, span.from).join(''));
    const term = make('mark', points.slice(span.from, span.to).join(''), polarityClass(span.polarity));
    term.title = span.polarity;
    term.append(make('small', span.polarity));
    marked.append(term);
    at = span.to;
  }
  marked.append(points.slice(at).join(''));
}

function list(tuples, malformed) {
  const names = ['term', 'category', 'opinion', 'polarity'].filter((name) => tuples.some((t) => name in t));
  byId('head').replaceChildren(...names.map((name) => make('th', name)));
  byId('tuples').replaceChildren(...tuples.map((tuple) => {
    const row = document.createElement('tr');
    for (const name of names) {
      const cell = document.createElement('td');
      cell.append(name === 'polarity' ? make('span', tuple[name], 'chip ' + polarityClass(tuple[name])) : tuple[name] ?? '(implicit)');
      row.append(cell);
    }
    return row;
  }));
  if (tuples.length === 0) byId('tuples').append(note('No aspect found.'));
  if (malformed > 0) byId('tuples').append(note((malformed === 1 ? 'One part' : malformed + ' parts') + ' of the answer could not be read.'));
}

byId('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = byId('text').value;
  byId('problem').textContent = '';
  try {
    const model = byId('model').value;
    const { predictions, timings } = await ask('/predict', { texts: [text], ...(model ? { model } : {}) });
    const { tuples, malformed, truncated } = predictions[0];
    mark(text, tuples);
    list(tuples, malformed);
    byId('timing').textContent = timings.inferenceMs + ' ms' + (truncated ? ' · cut at the length limit' : '');
    byId('answer').hidden = false;
  } catch (error) {
    byId('problem').textContent = error.message;
    byId('answer').hidden = true;
  }
});

(async () => {
  try {
    const { models } = await ask('/info');
    byId('served').textContent = models.map((m) => m.name + ' (' + m.task + ', ' + m.backend + ')').join(' · ');
    byId('model-label').hidden = models.length < 2;
    byId('model').replaceChildren(...models.map((m) => make('option', m.name)));
  } catch (error) {
    byId('problem').textContent = error.message;
  }
})();
`;
