/** Rollouts and releases that never were, for tests: one in each state, and what becomes of them when an operator acts. */
import type { ReleaseKind } from '@rockpool/protocol/update/release';
import type {
  DeviceRolloutState,
  ReleaseList,
  RolloutDetail,
  RolloutForecast,
  RolloutPlan,
} from '@rockpool/protocol/update/rollout';
import type { z } from 'zod';

export type FakeRollout = z.input<typeof RolloutDetail>;
export type FakeReleases = z.input<typeof ReleaseList>;
type FakeDevice = FakeRollout['devices'][number];

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const gib = 2 ** 30;

export const model = 'models/qwen3-8b/2026.11';
export const agent = 'agent/rockpool-agent/0.10.0';
export const patch = 'patches/openssl/3.0.19-1';

export function releasesOf(now: number): FakeReleases {
  const release = (path: string, kind: ReleaseKind, counter: number, bytes: number, agoMs: number) => {
    const [, name = '', version = ''] = path.split('/');
    return { path, kind, name, version, counter, bytes, madeAt: now - agoMs, notes: '', withdrawn: false };
  };
  const role = (name: string, version: number, leftMs: number, signatures: number, threshold: number) => ({
    ...{ role: name, version, expiresAt: now + leftMs, signatures, threshold },
  });
  return {
    releases: [
      { ...release(model, 'model', 7, 5 * gib, 2 * hour), notes: 'Answers in fewer words; better tables.' },
      { ...release(agent, 'agent', 41, 61 * 2 ** 20, day), notes: 'Memory recall is twice as fast.' },
      release(patch, 'patch', 3, 2 * 2 ** 20, 3 * day),
      release('patches/rockpool-os/2026.11.1', 'system', 12, 2 * gib, 9 * day),
      {
        ...release('agent/rockpool-agent/0.9.9', 'agent', 40, 60 * 2 ** 20, 12 * day),
        ...{ notes: 'Lost its place in long answers.', withdrawn: true },
      },
    ],
    roles: [
      role('root', 2, 290 * day, 2, 2),
      role('targets', 9, 71 * day, 2, 2),
      role('snapshot', 131, 6 * day, 1, 1),
      role('timestamp', 402, day, 1, 1),
      role('models', 14, 9 * day, 2, 2),
      role('agent', 31, 66 * day, 1, 1),
      role('patches', 5, -2 * hour, 1, 1),
    ],
  };
}

const none = (): Record<DeviceRolloutState, number> => ({
  ...{ waiting: 0, told: 0, running: 0, installed: 0, failed: 0, 'rolled-back': 0, 'left-out': 0 },
});

export const planFor = (release: string, more: Partial<z.output<typeof RolloutPlan>> = {}) => ({
  release,
  labels: {},
  waves: [
    { devices: 1, approval: false, pauseS: 0 },
    { permille: 250, approval: false, pauseS: 0 },
    { permille: 1_000, approval: false, pauseS: 0 },
  ],
  perMinute: 0,
  success: { permille: 950, sample: 1 },
  abort: { permille: 100, sample: 2, rollBack: false },
  limits: {},
  silentS: 7 * 86_400,
  now: false,
  note: '',
  ...more,
});

/** Counts its devices by itself, so that no number of it contradicts another. */
function rolloutOf(
  id: number,
  of: Pick<FakeRollout, 'release' | 'kind' | 'state'> & Partial<FakeRollout>,
  devices: readonly Pick<FakeDevice, 'device' | 'wave' | 'state'>[],
  now: number,
): FakeRollout {
  const plan = of.plan ?? planFor(of.release);
  const full: FakeRollout = {
    id: `0199c0de-0000-4000-9000-${String(id).padStart(12, '0')}`,
    ...{ because: null, wave: 0, waitsForApproval: false, by: 'ada' },
    ...{ createdAt: now - hour, changedAt: now - minute, waves: plan.waves.length, plan },
    ...{ counts: none(), total: 0, perWave: [], devices: [], failures: [] },
    ...of,
  };
  full.devices = devices.map((one) => ({
    ...{ phase: null, permille: null, outcome: null, reason: null, says: null, at: null, ...one },
  }));
  return counted(full, now);
}

export function counted(rollout: FakeRollout, now: number): FakeRollout {
  const order: readonly DeviceRolloutState[] = ['failed', 'rolled-back', 'running', 'told', 'installed'];
  const rank = ({ state }: FakeDevice): number =>
    (order.indexOf(state) + order.length + 1) % (order.length + 1);
  rollout.devices.sort((one, other) => rank(one) - rank(other));
  rollout.total = rollout.devices.length;
  rollout.counts = none();
  rollout.perWave = rollout.plan.waves.map((_, wave) => ({
    ...{ devices: 0, counts: none() },
    ...(rollout.perWave[wave] ?? {
      beganAt: rollout.state !== 'draft' && wave <= rollout.wave ? now - (20 - wave) * minute : null,
      wellAt: rollout.state !== 'draft' && wave < rollout.wave ? now - (10 - wave) * minute : null,
    }),
  }));
  for (const wave of rollout.perWave) Object.assign(wave, { devices: 0, counts: none() });
  const reasons = new Map<NonNullable<FakeDevice['reason']>, number>();
  for (const { state, wave, reason } of rollout.devices) {
    rollout.counts[state] += 1;
    const its = rollout.perWave[wave];
    if (its) {
      its.devices += 1;
      its.counts[state] += 1;
    }
    if (reason) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  rollout.failures = [...reasons].map(([reason, devices]) => ({ reason, devices }));
  return rollout;
}

/** One under way, one halted, one that waits for a word, a draft, and one that is through. */
export function rolloutsOf(names: readonly string[], now: number): FakeRollout[] {
  const wave = (place: number): number => (place === 0 ? 0 : place < Math.ceil(names.length / 4) ? 1 : 2);
  const all = (
    state: (place: number, wave: number) => Omit<FakeDevice, 'device' | 'wave'> | DeviceRolloutState,
  ) =>
    names.map((device, place) => {
      const told = state(place, wave(place));
      return { device, wave: wave(place), ...(typeof told === 'string' ? { state: told } : told) };
    });
  const at = now - 40_000;
  const failed = (
    state: 'failed' | 'rolled-back',
    reason: NonNullable<FakeDevice['reason']>,
    says: string,
  ): Omit<FakeDevice, 'device' | 'wave'> => ({
    ...{ state, phase: 'idle', permille: null, outcome: state, reason, says, at },
  });
  const running = (
    phase: FakeDevice['phase'],
    permille: number | null = null,
  ): Omit<FakeDevice, 'device' | 'wave'> => ({
    ...{ state: 'running', phase, permille, outcome: null, reason: null, says: null, at: now - 4_000 },
  });
  return [
    rolloutOf(
      1,
      { release: model, kind: 'model', state: 'running', wave: 1, createdAt: now - 20 * minute },
      all((place, of) => {
        if (of === 0)
          return { ...running(null), state: 'installed', outcome: 'installed', phase: 'idle', at };
        if (of === 2) return 'waiting';
        if (place === 3) return failed('failed', 'no-space', '5.2 GB are needed, and 3.9 GB are free.');
        const steps = [
          'told',
          running('fetching', 40 + place * 61),
          running('trial'),
          running('ready'),
        ] as const;
        return place % 4 === 2 ? 'installed' : (steps[place % 4] ?? 'told');
      }),
      now,
    ),
    rolloutOf(
      2,
      {
        ...{ release: agent, kind: 'agent', state: 'halted', wave: 1, createdAt: now - 2 * day },
        because: '3 of the 6 that said how it ended failed; more than 10 % halt it.',
      },
      all((place, of) => {
        if (of === 2) return 'waiting';
        if (place === 2 || place === 4)
          return failed('rolled-back', 'unhealthy', 'It answered, and the database stayed closed for 90 s.');
        if (place === 5) return failed('failed', 'mirrors', 'None of 2 mirrors answered for an hour.');
        return place < 6 ? 'installed' : 'told';
      }),
      now,
    ),
    rolloutOf(
      3,
      {
        ...{ release: patch, kind: 'patch', state: 'running', waitsForApproval: true, by: 'bo' },
        because: 'Wave 1 is well; somebody has to say that wave 2 may begin.',
        plan: planFor(patch, {
          labels: { region: 'north' },
          waves: [
            { devices: 1, approval: false, pauseS: 0 },
            { permille: 250, approval: true, pauseS: 0 },
            { permille: 1_000, approval: false, pauseS: 0 },
          ],
        }),
        perWave: [
          { devices: 0, counts: none(), beganAt: now - hour, wellAt: now - 30 * minute },
          { devices: 0, counts: none(), beganAt: null, wellAt: null },
          { devices: 0, counts: none(), beganAt: null, wellAt: null },
        ],
        createdAt: now - 3 * hour,
      },
      all((_, of) => (of === 0 ? 'installed' : 'waiting')),
      now,
    ),
    rolloutOf(
      4,
      { release: model, kind: 'model', state: 'draft', by: 'bo', createdAt: now - 5 * hour },
      [],
      now,
    ),
    rolloutOf(
      5,
      {
        release: 'patches/rockpool-os/2026.11.1',
        kind: 'system',
        state: 'done',
        wave: 2,
        createdAt: now - 8 * day,
      },
      all((place) => (place % 9 === 8 ? 'left-out' : 'installed')).map((one) =>
        one.state === 'left-out' ? { ...one, wave: -1 } : one,
      ),
      now,
    ),
  ];
}

export function forecastOf(
  plan: z.output<typeof RolloutPlan>,
  names: readonly string[],
): z.input<typeof RolloutForecast> {
  const mayHave = names.slice(2);
  let told = 0;
  const waves = plan.waves.map(({ devices, permille }, place) => {
    const isLast = place === plan.waves.length - 1;
    const upTo = isLast ? mayHave.length : Math.ceil(devices ?? (mayHave.length * (permille ?? 0)) / 1_000);
    const those = mayHave.slice(told, Math.max(told, upTo));
    told += those.length;
    return { devices: those.length, first: those.slice(0, 20) };
  });
  return {
    ...{ devices: mayHave.length, waves, bytes: mayHave.length * 2 * gib },
    leftOut: [
      { why: 'has-it', devices: 1 },
      { why: 'revoked', devices: 1 },
      { why: 'not-for-it', devices: 0 },
    ],
  };
}
