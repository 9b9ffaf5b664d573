// `npm run build`: src/ as some two hundred files of JavaScript in dist/, most of which only single commands load. Of
// the sources one by one Node would find and load three hundred for an eval. `tsc` writes the declarations beside them.
// It takes a second: enough to try a change that is known to type-check.
//
//   node scripts/bundle.mjs [--clean]
//
// A process that runs from dist/ meanwhile goes on: the files that it may load yet are kept until the next build;
// --clean, for what is packed, keeps none.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { sharedFiles } from './lib/shared-files.mjs';
import { ROOT } from './lib/steps.mjs';

const SOURCES = join(ROOT, 'src');
const DIST = join(ROOT, 'dist');
const CHUNKS = join(DIST, 'chunks');

/** What is started or imported by its name: see src/config/package-folder.ts. */
const PROGRAMS = ['cli/start', 'index', 'inference/thread', 'runtime/bridge', 'workers/blobs/thread'];

/**
 * Packages that come along: as they are installed, nearly every command would load zod from eighty files, with words in
 * fifty languages, and each of them commander. Their licences come along too.
 */
const BUNDLED = ['commander', 'zod'];

/** Moments at which a user waits, and the modules that are loaded then. */
const at = (...names) => new RegExp(`[\\\\/]src[\\\\/](${names.join('|').replaceAll('/', '[\\\\/]')})\\.ts$`);
const MOMENTS = {
  first: {
    start: at('cli/start'),
    help: at('cli/main'),
    words: at('cli/commands/[\\w-]+'),
    library: at('index'),
  },
  later: {
    thread: at('inference/thread', 'workers/blobs/thread'),
    report: at('pipelines/report'),
    serve: at('server/serve'),
    distill: at('pipelines/distill/distill'),
    eval: at('pipelines/eval/evaluate', 'pipelines/finetune/finetune'),
  },
};

const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const INSTALLED = Object.keys({ ...dependencies, ...peerDependencies }).filter(
  (name) => !BUNDLED.includes(name),
);
const isOutside = (id) =>
  id.startsWith('node:') || INSTALLED.some((name) => id === name || id.startsWith(`${name}/`));

const output = await bundle();
const before = filesBelow(CHUNKS);
const newest = Math.max(...before.map(writtenAt));
const kept = process.argv.includes('--clean')
  ? []
  : before.filter((path) => writtenAt(path) > newest - 10_000);
writeWhole(join(DIST, 'LICENSES.txt'), licences(output));
// Programs last: until then those that are there find all that they load.
for (const chunk of output.filter(({ isEntry }) => !isEntry)) writeChunk(chunk);
for (const chunk of output.filter(({ isEntry }) => isEntry)) writeChunk(chunk);
removeAllBut([...kept, ...made(output), ...declarations()]);

async function bundle() {
  let files = null;
  const input = Object.fromEntries(PROGRAMS.map((name) => [name, join(SOURCES, `${name}.ts`)]));
  const build = await rolldown({
    input,
    external: isOutside,
    plugins: [{ name: 'no programs', transform: withoutPrograms }],
    platform: 'node',
    // Node 20 knows all of it; `using` is written out.
    transform: { target: 'es2023' },
    preserveEntrySignatures: 'allow-extension',
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message);
    },
  });
  const made = await build.generate({
    format: 'es',
    sourcemap: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    hashCharacters: 'base36',
    codeSplitting: {
      // The files are chosen so that this is not needed: see lib/shared-files.mjs.
      includeDependenciesRecursively: false,
      groups: [
        { debugName: 'shared files', name: (id, context) => (files ??= planFiles(context)).get(id) ?? null },
      ],
    },
  });
  await build.close();
  return made.output;
}

/** @param context tells what each module imports @returns files by module; none for one in a file of its own */
function planFiles(context) {
  const starts = new Set(PROGRAMS.map((name) => join(SOURCES, `${name}.ts`)));
  const imports = new Map();
  const found = new Set(starts);
  for (const id of found) {
    const { importedIds, dynamicallyImportedIds, importers } = context.getModuleInfo(id);
    const [modules, later] = [importedIds, dynamicallyImportedIds].map((ids) =>
      ids.filter((one) => !isOutside(one)),
    );
    const packages = importedIds.filter((one) => isOutside(one) && !one.startsWith('node:'));
    imports.set(id, { modules, packages, importers });
    for (const one of later) starts.add(one);
    for (const one of [...modules, ...later]) found.add(one);
  }
  const files = sharedFiles([...starts].sort(), MOMENTS, (id) => imports.get(id));
  for (const id of files.keys()) {
    const bundled = packageOf(id);
    if (bundled !== null) files.set(id, bundled);
    else if (starts.has(id) && imports.get(id).importers.length === 0) files.delete(id);
  }
  return files;
}

/** Commander starts a program for a subcommand that is a file of its own; ours are none, and what starts it takes 2 ms. */
function withoutPrograms(code, id) {
  if (packageOf(id) !== 'commander') return null;
  // Lines stay where they are: no map.
  return { code: code.replace("require('node:child_process')", 'undefined'), map: null };
}

/** The package that a module came from; null for one of ours. */
function packageOf(id) {
  if (id.startsWith(SOURCES)) return null;
  return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id)?.[1].replaceAll('\\', '/') ?? null;
}

function licences(output) {
  const ids = output.flatMap((chunk) => Object.keys(chunk.modules ?? {}));
  const names = [...new Set(ids.map(packageOf))].filter((name) => name !== null).sort();
  const texts = names.map((name) => {
    const folder = join(ROOT, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
  });
  return ['dist/chunks holds code of these packages.\n', ...texts].join('\n');
}

function made(output) {
  return [join(DIST, 'LICENSES.txt'), ...output.map(({ fileName }) => join(DIST, fileName))];
}

/** What `tsc` makes of the sources, whether or not it has. */
function declarations() {
  const sources = filesBelow(SOURCES).filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
  return sources.flatMap((path) => {
    const declaration = `${DIST}${path.slice(SOURCES.length, -'.ts'.length)}.d.ts`;
    return [declaration, `${declaration}.map`];
  });
}

function writeChunk(chunk) {
  writeWhole(join(DIST, chunk.fileName), chunk.type === 'chunk' ? chunk.code : chunk.source);
}

/** Whoever reads it meanwhile has the old file or the new one. */
function writeWhole(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

function removeAllBut(paths) {
  const wanted = new Set(paths);
  for (const path of filesBelow(DIST)) if (!wanted.has(path)) rmSync(path);
}

function writtenAt(path) {
  return statSync(path).mtimeMs;
}

function filesBelow(folder) {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
