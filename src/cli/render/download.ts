import type { DownloadSummary } from '../../index.js';
import { formatTable } from './table.js';
import { formatBytes, formatDuration } from '../../report/event-words.js';

/** What was downloaded (or would be), a row for each repository. */
export function formatDownload(summary: DownloadSummary): string {
  const rows = summary.items.map((item) => [
    item.repo,
    item.commit.slice(0, 10),
    String(item.files.length),
    formatBytes(item.bytes),
    formatBytes(item.bytesThere),
    formatBytes(item.freeBytes),
    item.folder,
  ]);
  const table = formatTable(
    ['repository', 'commit', 'files', 'size', 'there before', 'disk free', 'folder'],
    rows,
  );
  if (!summary.dryRun)
    return `${table}\n${formatBytes(summary.bytesFetched)} fetched in ${formatDuration(summary.seconds)}.`;
  const files = summary.items.flatMap(({ repo, files: list }) =>
    list.map(({ path, bytes, isThere }) => {
      const size = bytes === null ? 'size unknown' : formatBytes(bytes);
      return `  ${isThere ? 'there  ' : 'missing'}  ${size.padStart(12)}  ${repo}: ${path}`;
    }),
  );
  return [table, ...files, 'Nothing was fetched: this was a dry run.'].join('\n');
}
