/** Downloads one repository with the built package, as `fsa download model` does; prints the seconds inside. */
import { pathToFileURL } from 'node:url';

const [dist, repo] = process.argv.slice(2);
const { download } = await import(pathToFileURL(`${dist}/index.js`).href);
const start = performance.now();
await download({ what: 'model', repo, include: ['**'] });
console.log((performance.now() - start) / 1000);
