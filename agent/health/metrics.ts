/** Driver for prom-client: what is counted and measured, and how each part tells it. No label ever holds a person. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Health } from '@rockpool/protocol/fleet/health';
import type { Posture } from '@rockpool/protocol/posture';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { readings } from './gauges.ts';
import { createPace, type Pace } from './pace.ts';

export interface Metrics {
  readonly contentType: string;
  /** The text that Prometheus reads. */
  text(): Promise<string>;
  /**
   * One answer ended: complete, length, aborted or failed.
   * @param spokenMs from its first token to its end
   */
  turn(
    outcome: string,
    tokens: { promptTokens: number; cachedTokens: number; completionTokens: number } | null,
    spokenMs?: number,
  ): void;
  /** From the question's arrival to the first delta. */
  firstToken(ms: number): void;
  /** From the request to the model until it was its turn. */
  waited(ms: number): void;
  recall(ms: number): void;
  /** A refusal or a failure, by its code. */
  error(code: string): void;
  /** `route` is the pattern (`/api/sessions/:id`), never the address that was asked for. */
  request(method: string, route: string, status: number, ms: number): void;
  /** Asked whenever somebody reads the metrics. */
  watchModel(
    load: () => { sequences: number; running: number; waiting: number; restarts: number; swaps: number },
  ): void;
  /** Asked likewise; a device without a posture never calls it. */
  watchPosture(look: () => Posture | undefined): void;
  /** Asked likewise: what was found of the machine last. */
  watchHealth(look: () => Health | undefined): void;
  /** How fast answers came lately. */
  pace(): Pace;
  close(): void;
}

const secondsFrom = (smallest: number): number[] => Array.from({ length: 14 }, (_, i) => smallest * 2 ** i);

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const histogram = <L extends string = never>(
    name: string,
    help: string,
    smallest: number,
    labelNames: L[] = [],
  ) =>
    new Histogram<L>({
      name: `rockpool_${name}_seconds`,
      help,
      buckets: secondsFrom(smallest),
      labelNames,
      registers,
    });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter<L>({ name: `rockpool_${name}_total`, help, labelNames, registers });

  const turns = counter('turns', 'Answers, by how they ended.', ['outcome']);
  const tokens = counter('tokens', 'Tokens: of prompts, of these from the cache, and generated.', ['kind']);
  const errors = counter('errors', 'Refusals and failures, by code.', ['code']);
  const firstToken = histogram('first_token', 'From a question to the first token of its answer.', 0.01);
  const waited = histogram(
    'queue_wait',
    'From asking the model until it was the turn of the request.',
    0.001,
  );
  const recall = histogram('recall', 'Looking for what bears on a question, with its embedding.', 0.0005);
  const requests = histogram('http_request', 'HTTP requests to their last byte.', 0.001, [
    'method',
    'route',
    'status',
  ]);

  watchProcess(registers);
  const loop = watchEventLoop(registers);
  const pace = createPace();
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    turn(outcome, used, spokenMs) {
      turns.inc({ outcome });
      if (!used) return;
      if (spokenMs !== undefined) pace.generated(used.completionTokens, spokenMs);
      tokens.inc({ kind: 'prompt' }, used.promptTokens);
      tokens.inc({ kind: 'cached' }, used.cachedTokens);
      tokens.inc({ kind: 'completion' }, used.completionTokens);
    },
    firstToken(ms) {
      firstToken.observe(ms / 1000);
      pace.firstToken(ms);
    },
    waited: (ms) => waited.observe(ms / 1000),
    recall: (ms) => recall.observe(ms / 1000),
    error: (code) => errors.inc({ code }),
    request: (method, route, status, ms) =>
      requests.observe({ method, route, status: String(status) }, ms / 1000),
    watchModel: (load) => watchModel(registers, load),
    watchPosture: (look) => watchPosture(registers, look),
    watchHealth: (look) => watchHealth(registers, look),
    pace: pace.now,
    close: () => loop.disable(),
  };
}

function watchModel(registers: Registry[], load: Parameters<Metrics['watchModel']>[0]): void {
  const told = {
    sequences: 'Conversations the model can decode at once.',
    running: 'Requests that are being decoded.',
    waiting: 'Requests that wait for the model.',
    restarts: 'How often the model’s process had to be started again.',
    swaps: 'How often another model took its place, on purpose.',
  };
  for (const name of ['sequences', 'running', 'waiting', 'restarts', 'swaps'] as const) {
    new Gauge({
      name: `rockpool_model_${name}`,
      help: told[name],
      registers,
      collect() {
        this.set(load()[name]);
      },
    });
  }
}

const levels = { good: 0, warning: 1, bad: 2 } as const;

function watchPosture(registers: Registry[], look: () => Posture | undefined): void {
  new Gauge({
    name: 'rockpool_posture_holds',
    help: '1 while the device may serve people.',
    registers,
    collect() {
      this.set(look()?.holds ? 1 : 0);
    },
  });
  new Gauge({
    name: 'rockpool_posture_state',
    help: 'What was found last, by what was looked at: 0 good, 1 warning, 2 bad.',
    labelNames: ['code'],
    registers,
    collect() {
      this.reset();
      for (const { code, state } of look()?.findings ?? []) this.set({ code }, levels[state]);
    },
  });
}

function watchHealth(registers: Registry[], look: () => Health | undefined): void {
  for (const { name, help, label, values } of readings) {
    new Gauge({
      name: `rockpool_${name}`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers,
      collect() {
        this.reset();
        // One without labels would stand at 0 otherwise, which nobody measured.
        if (label === undefined) this.remove();
        const health = look();
        if (!health) return;
        for (const [of, value] of values(health)) {
          if (value !== null) this.set(label === undefined ? {} : { [label]: of }, value);
        }
      },
    });
  }
}

function watchProcess(registers: Registry[]): void {
  new Gauge({
    name: 'rockpool_resident_memory_bytes',
    help: 'Memory of the agent’s process; the model has its own.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: 'rockpool_cpu_seconds_total',
    help: 'Processor time of the agent’s process.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: 'rockpool_start_time_seconds',
    help: 'When the agent started, in seconds since 1970.',
    registers,
  }).set(Math.round(Date.now() / 1000 - process.uptime()));
}

/** How late timers fire: what every reader of a stream waits on top. Measured since the metrics were last read. */
function watchEventLoop(registers: Registry[]) {
  const resolutionMs = 10;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  new Gauge({
    name: 'rockpool_event_loop_lag_seconds',
    help: 'Lateness of the event loop since this was last read, by quantile.',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const percent of [50, 99, 100]) {
        const ms = delay.count === 0 ? 0 : delay.percentile(percent) / 1e6 - resolutionMs;
        this.set({ quantile: String(percent / 100) }, Math.max(0, ms) / 1000);
      }
      delay.reset();
    },
  });
  return delay;
}
