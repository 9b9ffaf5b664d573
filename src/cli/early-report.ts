/** Loads what makes the report while the first worker starts: until that is ready, this process has nothing to do. */
import { warmUpDrawing } from '../report/html/draw.js';
import type { RunSink } from '../runs/run-sink.js';

/** Takes note of no event but the first worker's start. */
export function earlyReport(): RunSink {
  let begun = false;
  return {
    event({ type }) {
      if (begun || type !== 'worker-started') return;
      begun = true;
      // Whoever makes the report comes the same way, and says what is wrong with it.
      Promise.all([import('../pipelines/report.js'), warmUpDrawing()]).catch(() => undefined);
    },
    metrics: () => undefined,
    close: () => Promise.resolve(),
  };
}
