/** Driver for prom-client: what Prometheus reads of a controller. No label names a device or a person: a fleet has thousands. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { deviceRolloutStates, rolloutStates } from '@rockpool/protocol/update/rollout';
import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import type { IngestFigures } from '../ingest/ingest.ts';
import type { FleetFigures } from '../views/figures.ts';

export type { IngestFigures };

export interface Metrics {
  readonly contentType: string;
  /** The text that Prometheus reads. */
  text(): Promise<string>;
  /** @param route the pattern (`/api/devices/:name`), never the address that was asked for */
  request(method: string, route: string, status: number, ms: number): void;
  /** Asked whenever somebody reads, at most every few seconds. */
  watchFleet(look: () => Promise<FleetFigures>): void;
  watchIngest(look: () => IngestFigures): void;
  watchReaders(count: () => number): void;
  close(): void;
}

const secondsFrom = (smallest: number): number[] => Array.from({ length: 14 }, (_, i) => smallest * 2 ** i);

export function createMetrics(): Metrics {
  const registry = new Registry();
  const requests = new Histogram({
    name: 'rockpool_fleet_http_request_seconds',
    help: 'Requests at the operators’ door, to their last byte.',
    labelNames: ['method', 'route', 'status'],
    buckets: secondsFrom(0.001),
    registers: [registry],
  });
  watchProcess(registry);
  const loop = watchEventLoop(registry);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request: (method, route, status, ms) =>
      requests.observe({ method, route, status: String(status) }, ms / 1000),
    watchFleet: (look) => watchFleet(registry, look),
    watchIngest: (look) => watchIngest(registry, look),
    watchReaders(count) {
      gauge(registry, 'live_readers', 'Dashboards that are told of changes as they come.', [], (set) =>
        set({}, count()),
      );
    },
    close: () => loop.disable(),
  };
}

type Set = (labels: Record<string, string>, value: number) => void;
type Look = (set: Set) => void | Promise<void>;

function gauge(registry: Registry, name: string, help: string, labelNames: string[], look: Look): void {
  const made: Metric = new Gauge({
    ...{ name: `rockpool_fleet_${name}`, help, labelNames, registers: [registry] },
    async collect() {
      this.reset();
      await look((labels, value) => this.set(labels, value));
    },
  });
  void made;
}

/** Of what is counted elsewhere. */
function counter(registry: Registry, name: string, help: string, labelNames: string[], look: Look): void {
  const made: Metric = new Counter({
    ...{ name: `rockpool_fleet_${name}_total`, help, labelNames, registers: [registry] },
    async collect() {
      this.reset();
      await look((labels, value) => this.inc(labels, value));
    },
  });
  void made;
}

const presences = ['online', 'degraded', 'flapping', 'offline', 'never', 'revoked'];
const underWay = ['queued', 'sent', 'accepted'];

const inOrder = (some: Readonly<Record<string, number>>, states: readonly string[]) =>
  states.map((state) => [state, some[state] ?? 0] as const);

function watchFleet(registry: Registry, ask: () => Promise<FleetFigures>): void {
  const look = once(ask);
  gauge(registry, 'devices', 'Devices, by presence.', ['presence'], async (set) => {
    const { devices } = await look();
    for (const presence of presences) set({ presence }, devices[presence] ?? 0);
  });
  gauge(registry, 'alerts_open', 'Open alerts.', ['code', 'severity'], async (set) => {
    for (const { code, severity, count } of (await look()).alerts) set({ code, severity }, count);
  });
  gauge(registry, 'commands', 'Commands that are under way, by state.', ['state'], async (set) => {
    const { commands } = await look();
    for (const state of underWay) set({ state }, commands[state] ?? 0);
  });
  gauge(registry, 'rollouts', 'Rollouts, by state.', ['state'], async (set) => {
    for (const [state, count] of inOrder((await look()).rollouts, rolloutStates)) set({ state }, count);
  });
  const help = 'Devices of rollouts that run or are paused, by what became of them.';
  gauge(registry, 'rollout_devices', help, ['state'], async (set) => {
    for (const [state, count] of inOrder((await look()).rolloutDevices, deviceRolloutStates))
      set({ state }, count);
  });
  gauge(
    registry,
    'certificates_ending',
    'Devices in force whose certificate ends within seven days.',
    [],
    async (set) => set({}, (await look()).certificatesEnding),
  );
}

function watchIngest(registry: Registry, look: () => IngestFigures): void {
  counter(registry, 'messages', 'Messages of devices, by what became of them.', ['outcome'], (set) => {
    for (const [outcome, count] of Object.entries(look().messages)) set({ outcome }, count);
  });
  counter(registry, 'reports', 'Reports that were new.', [], (set) => set({}, look().reports));
  counter(registry, 'duplicates', 'Reports that were here already: each is a repetition.', [], (set) =>
    set({}, look().duplicates),
  );
  counter(registry, 'commits', 'Transactions that messages were committed in.', [], (set) =>
    set({}, look().commits),
  );
  gauge(registry, 'ingest_waiting', 'Messages that wait to be committed.', [], (set) =>
    set({}, look().waiting),
  );
  gauge(registry, 'ingest_lag_seconds', 'How long the oldest message waits to be committed.', [], (set) =>
    set({}, look().lagMs / 1000),
  );
  gauge(registry, 'connections', 'Devices connected to the embedded broker.', [], (set) => {
    const { connections } = look();
    if (connections !== null) set({}, connections);
  });
}

/** Four metrics of one reading ask the database once. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

function watchProcess(registry: Registry): void {
  gauge(registry, 'resident_memory_bytes', 'Memory of this controller’s process.', [], (set) =>
    set({}, process.memoryUsage.rss()),
  );
  counter(registry, 'cpu_seconds', 'Processor time of this controller’s process.', [], (set) => {
    const { user, system } = process.cpuUsage();
    set({}, (user + system) / 1e6);
  });
  const startedAt = Math.round(Date.now() / 1000 - process.uptime());
  gauge(registry, 'start_time_seconds', 'When this controller started, in seconds since 1970.', [], (set) =>
    set({}, startedAt),
  );
}

/** How late timers fire; measured since the metrics were last read. */
function watchEventLoop(registry: Registry) {
  const resolutionMs = 10;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const help = 'Lateness of the event loop since this was last read, by quantile.';
  gauge(registry, 'event_loop_lag_seconds', help, ['quantile'], (set) => {
    for (const percent of [50, 99, 100]) {
      const ms = delay.count === 0 ? 0 : delay.percentile(percent) / 1e6 - resolutionMs;
      set({ quantile: String(percent / 100) }, Math.max(0, ms) / 1000);
    }
    delay.reset();
  });
  return delay;
}
