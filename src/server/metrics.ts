/** What a Prometheus server reads at /metrics; a registry of this server's own, so that two can run in one process. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Model } from '../index.js';
import type { BatchFacts } from './dispatcher.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const TEXTS = [1, 2, 4, 8, 16, 32, 64, 128];

export interface ServerMetrics {
  readonly contentType: string;
  render(): Promise<string>;
  /** @param route the route's pattern, never the address a client wrote */
  request(route: string, status: number, seconds: number): void;
  refusal(reason: string): void;
  batch(model: string, facts: BatchFacts): void;
  /** @param waiting asked whenever the metrics are read */
  model(name: string, served: Model, waiting: () => number): void;
}

export function createMetrics(): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: 'fsa_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const refused = new Counter({
    name: 'fsa_requests_refused_total',
    help: 'Requests that got no answer of the model, by why',
    labelNames: ['reason'],
    registers,
  });
  const info = new Gauge({
    name: 'fsa_model_info',
    help: 'Always 1; the labels say which student is served',
    labelNames: ['model', 'digest', 'task', 'backend'],
    registers,
  });
  const queues = new Map<string, () => number>();
  new Gauge({
    name: 'fsa_queue_depth',
    help: 'Texts that wait for the model',
    labelNames: ['model'],
    registers,
    collect() {
      for (const [model, waiting] of queues) this.set({ model }, waiting());
    },
  });
  return {
    contentType: registry.contentType,
    render: async () => await registry.metrics(),
    request: (route, status, seconds) => requests.observe({ route, status }, seconds),
    refusal: (reason) => refused.inc({ reason }),
    batch: createBatchMetrics(registry),
    model: (name, served, waiting) => {
      const { digest, task, backend } = served.info;
      info.set({ model: name, digest, task, backend }, 1);
      queues.set(name, waiting);
    },
  };
}

function createBatchMetrics(registry: Registry): ServerMetrics['batch'] {
  const shared = { labelNames: ['model'], registers: [registry] };
  const sizes = new Histogram({
    name: 'fsa_batch_size',
    help: 'Texts in a batch',
    buckets: TEXTS,
    ...shared,
  });
  const waits = new Histogram({
    name: 'fsa_queue_wait_seconds',
    help: "Time the batch's oldest text waited",
    buckets: SECONDS,
    ...shared,
  });
  const times = new Histogram({
    name: 'fsa_inference_seconds',
    help: 'Time the model took for a batch',
    buckets: SECONDS,
    ...shared,
  });
  const tokens = new Counter({
    name: 'fsa_tokens_total',
    help: 'Tokens read (input) and written (output) by the model',
    labelNames: ['model', 'side'],
    registers: [registry],
  });
  const malformed = new Counter({
    name: 'fsa_predictions_malformed_total',
    help: 'Answers with pieces that could not be read',
    ...shared,
  });
  return (model, { texts, waitedMs, inferenceMs, predictions }) => {
    sizes.observe({ model }, texts);
    waits.observe({ model }, waitedMs / 1000);
    times.observe({ model }, inferenceMs / 1000);
    for (const prediction of predictions) {
      tokens.inc({ model, side: 'input' }, prediction.inputTokens);
      tokens.inc({ model, side: 'output' }, prediction.outputTokens);
      if (prediction.malformed > 0) malformed.inc({ model });
    }
  };
}
