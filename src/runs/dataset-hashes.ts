/** The digests of datasets' files, as run.json keeps them: `dataset atsa/rest14 test.json`. */

/** @param files SHA-256 of the dataset's files by name */
export function hashesOfDataset(
  label: string,
  files: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, sha256]) => [prefixOf(label) + name, sha256]));
}

/** SHA-256 of a dataset's files by name; none where the run did not measure it. @param hashes of its run.json */
export function filesOfDataset(
  hashes: Readonly<Record<string, string>>,
  label: string,
): ReadonlyMap<string, string> {
  const prefix = prefixOf(label);
  const files = Object.entries(hashes).filter(([name]) => name.startsWith(prefix));
  return new Map(files.map(([name, sha256]) => [name.slice(prefix.length), sha256]));
}

function prefixOf(label: string): string {
  return `dataset ${label} `;
}
