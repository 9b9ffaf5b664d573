/**
 * Spans and metrics for whatever OpenTelemetry SDK the process has set up: fsa.run around fsa.cell, epochs as events
 * of their cell. Without an SDK the API does nothing.
 */
import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { Attributes, Context, Histogram, Span, Tracer } from '@opentelemetry/api';
import { FsaError } from '../errors.js';
import type { FsaEvent } from '../events.js';
import type { MetricRecord } from '../rpc/messages.js';
import type { RunSink } from '../runs/run-sink.js';

type Api = typeof OpenTelemetryApi;

/** @throws FsaError CONFIG where the package is missing */
export async function openTelemetrySink(): Promise<RunSink> {
  let api: Api;
  try {
    api = await import('@opentelemetry/api');
  } catch (cause) {
    throw new FsaError('CONFIG', 'Tracking by OpenTelemetry needs the package @opentelemetry/api.', {
      where: 'track: otel',
      advice: 'Install it with: npm install @opentelemetry/api@1.9.0',
      cause,
    });
  }
  return new OpenTelemetry(api);
}

class OpenTelemetry implements RunSink {
  readonly #tracer: Tracer;
  readonly #loss: Histogram;
  readonly #seconds: Histogram;
  #run: { span: Span; context: Context } | null = null;
  readonly #cells = new Map<string, Span>();

  constructor(private readonly api: Api) {
    this.#tracer = api.trace.getTracer('fsa');
    const meter = api.metrics.getMeter('fsa');
    this.#loss = meter.createHistogram('fsa.train.loss', {
      description: 'Training loss of an optimizer step',
    });
    this.#seconds = meter.createHistogram('fsa.cell.duration', {
      unit: 's',
      description: 'Time of a finished job',
    });
  }

  event(event: FsaEvent): void {
    const time = new Date(event.time);
    if (event.type === 'run-started') this.#start(event, time);
    if (event.type === 'run-finished') this.#end(event.failed > 0, time);
    if (!('jobId' in event)) return;
    const cell = this.#cells.get(event.jobId);
    if (event.type === 'job-started') this.#startCell(event, time);
    if (event.type === 'job-epoch')
      cell?.addEvent('fsa.epoch', { 'fsa.epoch': event.epoch, 'fsa.dev_f1': event.devF1 }, time);
    if (event.type === 'job-finished') {
      this.#seconds.record(event.seconds, { 'fsa.label': event.label });
      this.#endCell(event.jobId, time);
    }
    if (event.type !== 'job-failed') return;
    cell?.setStatus({ code: this.api.SpanStatusCode.ERROR, message: event.error.message });
    this.#endCell(event.jobId, time);
  }

  metrics(record: MetricRecord, jobId: string): void {
    if (record.loss !== null) this.#loss.record(record.loss, { 'fsa.job': jobId });
  }

  async close(): Promise<void> {
    const now = new Date();
    for (const jobId of [...this.#cells.keys()]) this.#endCell(jobId, now);
    if (this.#run !== null) this.#end(true, now);
    await Promise.resolve();
  }

  #start(event: Extract<FsaEvent, { type: 'run-started' }>, startTime: Date): void {
    const attributes = { 'fsa.run': event.run, 'fsa.kind': event.kind, 'fsa.jobs': event.jobs };
    const span = this.#tracer.startSpan('fsa.run', { startTime, attributes });
    this.#run = { span, context: this.api.trace.setSpan(this.api.context.active(), span) };
  }

  #end(failed: boolean, time: Date): void {
    if (failed) this.#run?.span.setStatus({ code: this.api.SpanStatusCode.ERROR });
    this.#run?.span.end(time);
    this.#run = null;
  }

  #startCell(event: Extract<FsaEvent, { type: 'job-started' }>, startTime: Date): void {
    const { jobId, label, attempt, task, dataset, model, seed } = event;
    const known = { 'fsa.task': task, 'fsa.dataset': dataset, 'fsa.model': model, 'fsa.seed': seed };
    const attributes: Attributes = { 'fsa.job': jobId, 'fsa.label': label, 'fsa.attempt': attempt };
    for (const [name, value] of Object.entries(known)) if (value !== null) attributes[name] = value;
    const context = this.#run?.context ?? this.api.context.active();
    this.#cells.set(event.jobId, this.#tracer.startSpan('fsa.cell', { startTime, attributes }, context));
  }

  #endCell(jobId: string, time: Date): void {
    this.#cells.get(jobId)?.end(time);
    this.#cells.delete(jobId);
  }
}
