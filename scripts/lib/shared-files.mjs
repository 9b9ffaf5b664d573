// Which modules of a bundle share a file. Node pays for each file that it loads and for each package, and nobody
// should pay for a package that what was asked for does without.

/**
 * Modules share a file where they are loaded at the same moments and stand on the same packages. What one of the
 * `first` moments loads is in the file of the earliest of them: it is little, and in memory by the time of all others.
 * Modules that no moment loads are told apart by what imports them later on.
 *
 * Whatever loads a module loads its imports, and they stand on no packages but its own: no two files need each other.
 * @param starts the modules that a program or an `import()` begins with
 * @param moments names of `first` and `later` moments, each with a pattern for the modules that it begins with
 * @param importsOf what a module imports: `modules` of the bundle, and `packages`, which are not in it
 * @returns the name of each module's file
 */
export function sharedFiles(starts, moments, importsOf) {
  const byStart = starts.map((start) => reachedFrom([start], importsOf));
  const ids = [...new Set(byStart.flatMap((reached) => [...reached]))].sort();
  const loadedAt = (named) =>
    Object.entries(named).map(([name, pattern]) => {
      const begins = ids.filter((id) => pattern.test(id));
      return { name, loaded: reachedFrom(begins, importsOf) };
    });
  const [first, later] = [loadedAt(moments.first), loadedAt(moments.later)];
  const namesOf = (among, id) => among.filter(({ loaded }) => loaded.has(id)).map(({ name }) => name);

  const files = new Map();
  const countOf = new Map();
  const nameFile = (word) => {
    countOf.set(word, (countOf.get(word) ?? 0) + 1);
    return `${word}-${countOf.get(word)}`;
  };
  const fileOf = (id) => {
    const [earliest] = namesOf(first, id);
    const at = earliest === undefined ? namesOf(later, id) : [earliest];
    const users = at.length > 0 ? [] : starts.filter((_, index) => byStart[index].has(id));
    const packages = new Set([...reachedFrom([id], importsOf)].flatMap((one) => importsOf(one).packages));
    const key = JSON.stringify([at, users, [...packages].sort()]);
    if (!files.has(key)) files.set(key, nameFile(at.at(-1) ?? 'rare'));
    return files.get(key);
  };
  return new Map(ids.map((id) => [id, fileOf(id)]));
}

function reachedFrom(begins, importsOf) {
  const reached = new Set(begins);
  // A set also hands out what is added while it is walked.
  for (const id of reached) for (const next of importsOf(id).modules) reached.add(next);
  return reached;
}
