import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';
import { compose } from './report.ts';
import { seen } from './warnings/seen.fixture.ts';

let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics();
});
afterEach(() => metrics.close());

const line = async (start: string): Promise<string | undefined> =>
  (await metrics.text()).split('\n').find((one) => one.startsWith(start));

test('tokens are counted by kind, and turns by how they ended', async () => {
  metrics.turn('complete', { promptTokens: 100, cachedTokens: 80, completionTokens: 20 });
  metrics.turn('complete', { promptTokens: 50, cachedTokens: 0, completionTokens: 5 });
  metrics.turn('failed', null);
  expect(await line('rockpool_tokens_total{kind="prompt"}')).toBe('rockpool_tokens_total{kind="prompt"} 150');
  expect(await line('rockpool_tokens_total{kind="cached"}')).toBe('rockpool_tokens_total{kind="cached"} 80');
  expect(await line('rockpool_tokens_total{kind="completion"}')).toBe(
    'rockpool_tokens_total{kind="completion"} 25',
  );
  expect(await line('rockpool_turns_total{outcome="failed"}')).toBe(
    'rockpool_turns_total{outcome="failed"} 1',
  );
});

test('durations come in milliseconds and are told in seconds', async () => {
  metrics.firstToken(250);
  metrics.recall(4);
  metrics.waited(1);
  metrics.request('GET', '/api/sessions/:id', 200, 20);
  expect(await line('rockpool_first_token_seconds_sum')).toBe('rockpool_first_token_seconds_sum 0.25');
  expect(await line('rockpool_recall_seconds_sum')).toBe('rockpool_recall_seconds_sum 0.004');
  expect(await line('rockpool_http_request_seconds_count')).toBe(
    'rockpool_http_request_seconds_count{method="GET",route="/api/sessions/:id",status="200"} 1',
  );
});

test('the queue is asked for when somebody reads, and errors are counted by kind', async () => {
  let waiting = 1;
  metrics.watchModel(() => ({ sequences: 4, running: 4, waiting, restarts: 0, swaps: 1 }));
  waiting = 7;
  metrics.error('busy');
  expect(await line('rockpool_model_waiting ')).toBe('rockpool_model_waiting 7');
  expect(await line('rockpool_errors_total')).toBe('rockpool_errors_total{code="busy"} 1');
});

test('a blocked event loop shows as lag, once', async () => {
  await new Promise((resolve) => setTimeout(resolve, 30));
  const until = performance.now() + 200;
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const lag = Number((await line('rockpool_event_loop_lag_seconds{quantile="1"}'))?.split(' ')[1]);
  expect(lag).toBeGreaterThan(0.1);
});

test('two agents in one process keep separate metrics', async () => {
  const other = createMetrics();
  other.error('busy');
  expect(await line('rockpool_errors_total{')).toBeUndefined();
  other.close();
});

test('readings are told in base units, and what can not be read is not told at all', async () => {
  const look = seen({
    readings: {
      temperatures: [
        { zone: 'tj-thermal', milliC: 53_000, limitMilliC: null },
        { zone: 'cv0-thermal', milliC: null, limitMilliC: null },
      ],
      cpu: { loadPermille: 250 },
      network: { receivedKiBps: null },
      jetson: { throttled: true },
    },
  });
  const told = { seen: look, pace: metrics.pace(), auditHead: null, updatePhase: 'idle' };
  let health: ReturnType<typeof compose> | undefined;
  metrics.watchHealth(() => health);
  expect(await line('rockpool_cpu_load_ratio ')).toBeUndefined();
  health = compose({ ...told, raised: [{ code: 'throttled', severity: 'warning', since: 1 }] });
  expect(await line('rockpool_cpu_load_ratio ')).toBe('rockpool_cpu_load_ratio 0.25');
  expect(await line('rockpool_temperature_celsius{zone="tj-thermal"}')).toMatch(/ 53$/);
  expect(await line('rockpool_temperature_celsius{zone="cv0-thermal"}')).toBeUndefined();
  expect(await line('rockpool_network_received_bytes_per_second ')).toBeUndefined();
  expect(await line('rockpool_power_watts{rail="VDD_IN"}')).toMatch(/ 9$/);
  expect(await line('rockpool_throttled ')).toBe('rockpool_throttled 1');
  expect(await line('rockpool_warning_raised{')).toBe('rockpool_warning_raised{code="throttled"} 1');
  health = compose({ ...told, raised: [] });
  expect(await line('rockpool_warning_raised{')).toBeUndefined();
});

test('how fast answers came is known from the turns that were told', () => {
  metrics.firstToken(400);
  metrics.turn('complete', { promptTokens: 1, cachedTokens: 0, completionTokens: 11 }, 500);
  expect(metrics.pace()).toEqual({ milliTokensPerS: 20_000, firstTokenP50Ms: 400, firstTokenP95Ms: 400 });
});
