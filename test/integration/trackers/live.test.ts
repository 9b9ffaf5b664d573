import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FsaEventBody } from '../../../src/events.js';
import { startRun } from '../../../src/pipelines/run/run-handle.js';
import { sync } from '../../../src/pipelines/sync.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { factsOf, range, WrittenRun } from '../../helpers/written-run.js';

async function receive(
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => answer(request, body, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`;
}

/** A run as a verb does it: its folder is written while its events go to the sinks. */
async function carryOut(run: WrittenRun): Promise<string[]> {
  const handle = startRun(undefined, async ({ emit }) => {
    const { folder } = run;
    const say = async (body: FsaEventBody): Promise<void> => {
      await run.event(body);
      emit(body);
    };
    await say({
      type: 'run-started',
      run: 'written',
      folder,
      kind: 'eval',
      jobs: 1,
      alreadyDone: 0,
      slots: ['cpu'],
    });
    const facts = factsOf('job');
    await say({ type: 'job-started', ...facts, workerId: 'w', attempt: 1 });
    await run.metrics('job', range(1, 20));
    const epoch = { epoch: 1, epochs: 1, devF1: 0.5, bestEpoch: 1, meanLoss: 0.1 };
    await say({ type: 'job-epoch', ...facts, ...epoch });
    await say({ type: 'job-finished', ...facts, seconds: 1, summary: 'done' });
    await say({ type: 'run-finished', run: 'written', folder, done: 1, failed: 0, seconds: 2 });
  });
  const warnings: string[] = [];
  for await (const event of handle) if (event.type === 'warning') warnings.push(event.message);
  await handle;
  return warnings;
}

describe('a run whose settings name trackers', () => {
  it('tells a webhook every event and step in signed lines', async () => {
    const lines: Record<string, unknown>[] = [];
    const wrong: unknown[] = [];
    process.env['FSA_WEBHOOK_SECRET'] = 'shared';
    onTestFinished(() => {
      delete process.env['FSA_WEBHOOK_SECRET'];
    });
    const url = await receive((request, body, response) => {
      const signature = `sha256=${createHmac('sha256', 'shared').update(body).digest('hex')}`;
      if (request.headers['x-fsa-signature'] !== signature) wrong.push(request.headers);
      lines.push(
        ...body
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      );
      response.end();
    });
    const run = await WrittenRun.create(await temporaryFolder(), { track: [`webhook=${url}`] });
    expect(await carryOut(run)).toEqual([]);
    expect(wrong).toEqual([]);
    const types = lines.map(({ type }) => type);
    expect(types.filter((type) => type === 'metrics')).toHaveLength(20);
    expect(types.filter((type) => type !== 'metrics')).toEqual([
      'run-started',
      'job-started',
      'job-epoch',
      'job-finished',
      'run-finished',
    ]);
    expect(lines[0]).toMatchObject({
      run: 'written',
      runKey: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    });
  });

  it('is not held up by a server that hangs; sync sends the rest', async () => {
    let hanging = true;
    let records = 0;
    const url = await receive((_request, body, response) => {
      if (hanging) return;
      records += body.trim().split('\n').length;
      response.end();
    });
    const run = await WrittenRun.create(await temporaryFolder(), { track: [`webhook=${url}`] });
    const warnings = await carryOut(run);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('fsa sync');
    hanging = false;
    const work = { emit: () => undefined, signal: new AbortController().signal };
    expect((await sync({ run: run.folder }, work)).trackers[0]?.sent).toBe(25);
    expect(records).toBe(25);
    expect((await sync({ run: run.folder }, work)).trackers[0]?.sent).toBe(0);
    expect(records).toBe(25);
  });

  it('gives OpenTelemetry spans that lie in each other, and measurements', async () => {
    const spans = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
    );
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    onTestFinished(async () => {
      trace.disable();
      metrics.disable();
      await reader.shutdown();
    });
    const run = await WrittenRun.create(await temporaryFolder(), { track: ['otel'] });
    expect(await carryOut(run)).toEqual([]);
    const [cell, whole] = spans.getFinishedSpans();
    expect([cell?.name, whole?.name]).toEqual(['fsa.cell', 'fsa.run']);
    expect(cell?.parentSpanContext?.spanId).toBe(whole?.spanContext().spanId);
    expect(cell?.events).toMatchObject([{ name: 'fsa.epoch', attributes: { 'fsa.dev_f1': 0.5 } }]);
    await reader.forceFlush();
    const names = exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics.map(({ descriptor }) => descriptor.name);
    expect(names).toContain('fsa.cell.duration');
  });
});
