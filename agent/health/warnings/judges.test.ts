/** Each warning: what speaks for it, and what does not. */
import { type WarningCode, warnings } from '@rockpool/protocol/fleet/warnings';
import { describe, expect, test } from 'vitest';
import { judges } from './judges.ts';
import { type Memory, nothingRemembered, remember, rememberStart } from './memory.ts';
import { blind, noonMs, type Over, seen, well } from './seen.fixture.ts';
import type { Seen } from './seen.ts';

const life = 'life-1';
/** What is remembered after these looks, half a minute apart. */
const after = (...looks: Seen[]): Memory =>
  looks.reduce((memory, look, i) => remember(memory, look, life, i === 0 ? 0 : 30_000), nothingRemembered);

const judge = (code: WarningCode, over: Over<Seen> = {}, before: Seen[] = [well]): string => {
  const look = seen(over);
  return judges[code](look, after(...before, look)).is;
};

const codes = Object.keys(warnings) as WarningCode[];

test.each(codes)('%s: nothing speaks for it on a device that is well', (code) => {
  expect(['no', 'unknown']).toContain(judge(code));
});

test.each(codes)('%s: a device of which nothing can be read is not called ill, and not well', (code) => {
  // It says nothing of what it counts itself, and its clock stands where it stood.
  const verdict = judges[code](blind, after(blind)).is;
  expect(['unknown', 'no']).toContain(verdict);
  const counted: WarningCode[] = ['clock-wrong', 'reboot-loop', 'agent-restarting', 'sensor-gone'];
  if (!counted.includes(code)) expect(verdict).toBe('unknown');
});

const cases: [WarningCode, string, Over<Seen>, 'yes' | 'no' | 'between' | 'unknown'][] = [
  ['network-lost', 'no way out', { readings: { network: { connected: false } } }, 'yes'],
  ['controller-lost', 'it does not answer', { link: { controllerThere: false } }, 'yes'],
  ['spool-growing', 'many wait while it takes them', { link: { spooled: 1_500 } }, 'yes'],
  ['spool-growing', 'some wait', { link: { spooled: 500 } }, 'between'],
  ['spool-growing', 'nobody takes them', { link: { spooled: 1_500, controllerThere: false } }, 'unknown'],
  ['clock-wrong', 'in 1970', { nowMs: 86_400_000, readings: { clockSynchronised: false } }, 'yes'],
  ['clock-wrong', 'kept by a time server', { nowMs: 86_400_000 }, 'no'],
  [
    'clock-wrong',
    'two hours back',
    { nowMs: noonMs - 7_200_000, readings: { clockSynchronised: false } },
    'yes',
  ],
  ['clock-wrong', 'minutes back', { nowMs: noonMs - 300_000, readings: { clockSynchronised: false } }, 'no'],
  ['clock-unsynchronised', 'nobody keeps it', { readings: { clockSynchronised: false } }, 'yes'],
  ['certificate-month', '29 days left', { link: { certificateEndsMs: noonMs + 29 * 86_400_000 } }, 'yes'],
  ['certificate-week', '29 days left', { link: { certificateEndsMs: noonMs + 29 * 86_400_000 } }, 'no'],
  ['certificate-week', '6 days left', { link: { certificateEndsMs: noonMs + 6 * 86_400_000 } }, 'yes'],
  ['certificate-day', 'it ended', { link: { certificateEndsMs: noonMs - 1 } }, 'yes'],
  [
    'certificate-day',
    'the clock is wrong',
    { nowMs: 0, readings: { clockSynchronised: false }, link: { certificateEndsMs: 1 } },
    'unknown',
  ],
  ['posture-missing', 'LUKS is gone', { posture: { holds: false, missing: ['disk-encrypted'] } }, 'yes'],
  ['disk-read-only', 'it is', { readings: { disk: { readOnly: true } } }, 'yes'],
  ['disk-full', '100 MiB left', { readings: { disk: { freeMiB: 100 } } }, 'yes'],
  ['disk-full', 'less than a hundredth left', { readings: { disk: { freeMiB: 900 } } }, 'yes'],
  ['disk-full', 'a little more left', { readings: { disk: { freeMiB: 1_200 } } }, 'between'],
  ['disk-filling', 'a tenth left', { readings: { disk: { freeMiB: 10_000 } } }, 'yes'],
  ['disk-filling', 'a ninth left', { readings: { disk: { freeMiB: 11_000 } } }, 'between'],
  ['disk-filling', 'an eighth left', { readings: { disk: { freeMiB: 12_500 } } }, 'no'],
  ['disk-worn', '95 %', { readings: { disk: { wearPercent: 95 } } }, 'yes'],
  ['memory-short', 'little is left', { readings: { memory: { availableMiB: 300 } } }, 'yes'],
  [
    'memory-short',
    'everything stands still for it',
    { readings: { memory: { stalledPermille: 150 } } },
    'yes',
  ],
  ['memory-short', 'not much is left', { readings: { memory: { availableMiB: 500 } } }, 'between'],
  ['killed-for-memory', 'one was', { readings: { memory: { kills: 1 } } }, 'yes'],
  ['fan-stalled', 'told to turn, it stands', { readings: { jetson: { fanRpm: 0 } } }, 'yes'],
  ['fan-stalled', 'told to stand, it stands', { readings: { jetson: { fanRpm: 0, fanPermille: 0 } } }, 'no'],
  [
    'near-heat-limit',
    'four degrees below',
    { readings: { temperatures: [{ zone: 'tj-thermal', milliC: 95_000, limitMilliC: 99_000 }] } },
    'yes',
  ],
  [
    'near-heat-limit',
    'eight degrees below',
    { readings: { temperatures: [{ zone: 'tj-thermal', milliC: 91_000, limitMilliC: 99_000 }] } },
    'between',
  ],
  [
    'near-heat-limit',
    'the hot one is silent, another is cool',
    {
      readings: {
        temperatures: [
          { zone: 'tj-thermal', milliC: null, limitMilliC: 99_000 },
          { zone: 'soc0-thermal', milliC: 40_000, limitMilliC: 99_000 },
        ],
      },
    },
    'unknown',
  ],
  ['under-voltage', 'once', { readings: { jetson: { underVoltages: 1 } } }, 'yes'],
  ['over-current', 'above the critical limit', { readings: { jetson: { overCurrentNow: true } } }, 'yes'],
  ['over-current', 'a burst', { readings: { jetson: { overCurrents: 30 } } }, 'between'],
  ['throttled', 'it is', { readings: { jetson: { throttled: true } } }, 'yes'],
  ['power-mode-changed', 'another than it was', { readings: { jetson: { nvpmodel: '15W' } } }, 'yes'],
  ['power-mode-changed', 'another than declared', { powerMode: 'MAXN_SUPER' }, 'yes'],
  ['sensor-gone', 'the rail', { readings: { jetson: { rails: [{ rail: 'VDD_IN', milliW: null }] } } }, 'yes'],
  ['sensor-gone', 'all of them', { readings: { jetson: null, temperatures: [] } }, 'yes'],
  ['model-down', 'none is loaded', { model: { loaded: false } }, 'yes'],
  ['gpu-idle', 'people wait', { model: { queued: 3 }, readings: { jetson: { gpuLoadPermille: 0 } } }, 'yes'],
  ['gpu-idle', 'nobody waits', { readings: { jetson: { gpuLoadPermille: 0 } } }, 'no'],
  ['self-test-failed', 'the database', { selfTest: { failed: ['database'] } }, 'yes'],
];
test.each(cases)('%s: %s', (code, _why, over, verdict) => {
  expect(judge(code, over)).toBe(verdict);
});

test('every warning has something that speaks for it', () => {
  const shown = new Set(cases.filter(([, , , verdict]) => verdict === 'yes').map(([code]) => code));
  const elsewhere = ['spool-dropping', 'reboot-loop', 'agent-restarting', 'model-restarting'];
  expect([...shown, ...elsewhere].sort()).toEqual([...codes].sort());
});

describe('what counts', () => {
  test('is no news on a device that is looked at for the first time', () => {
    const old = seen({ readings: { memory: { kills: 9 }, jetson: { underVoltages: 4 } } });
    const memory = after(old, old);
    expect(judges['killed-for-memory'](old, memory).is).toBe('no');
    expect(judges['under-voltage'](old, memory).is).toBe('no');
  });

  test('is news once it rose, for an hour', () => {
    const risen = seen({ readings: { memory: { kills: 1 } } });
    let memory = after(well, risen);
    expect(judges['killed-for-memory'](risen, memory).is).toBe('yes');
    for (let minutes = 0; minutes < 61; minutes += 1) memory = remember(memory, risen, life, 60_000);
    expect(judges['killed-for-memory'](risen, memory).is).toBe('no');
  });

  test('begins anew with every boot, and what happened since that boot is news', () => {
    const before = seen({ readings: { memory: { kills: 5 } } });
    const later = seen({ readings: { boot: 'boot-2', uptimeS: 60, memory: { kills: 1 } } });
    expect(judges['killed-for-memory'](later, after(before, later)).is).toBe('yes');
    const quiet = seen({ readings: { boot: 'boot-2', uptimeS: 60 } });
    expect(judges['killed-for-memory'](quiet, after(before, quiet)).is).toBe('no');
  });

  test('is not told again because the agent was started again', () => {
    const risen = seen({ readings: { memory: { kills: 1 } } });
    const memory = after(well, risen);
    const aged = remember(memory, risen, life, 3_600_000);
    expect(judges['killed-for-memory'](risen, remember(aged, risen, 'life-2', 0)).is).toBe('no');
  });

  test('over-currents are told when they come back look after look', () => {
    const looks = [1, 2, 3].map((n) => seen({ readings: { jetson: { overCurrents: n * 10 } } }));
    expect(judges['over-current'](well, after(well, ...looks)).is).toBe('yes');
  });

  test('three starts of the model within the hour are told, two are not yet', () => {
    const restarts = (n: number): Seen => seen({ model: { restarts: n } });
    expect(judges['model-restarting'](well, after(well, restarts(1), restarts(2))).is).toBe('between');
    expect(judges['model-restarting'](well, after(well, restarts(1), restarts(2), restarts(3))).is).toBe(
      'yes',
    );
  });

  test('what was dropped while it was away is told', () => {
    const dropped = seen({ link: { dropped: 40 } });
    expect(judges['spool-dropping'](dropped, after(well, dropped)).is).toBe('yes');
  });
});

describe('starts', () => {
  const boot = (n: number, uptimeS: number): Seen => seen({ readings: { boot: `boot-${n}`, uptimeS } });

  test('again and again within minutes are a loop, until it runs for half an hour', () => {
    const looks = [boot(1, 300), boot(2, 200), boot(3, 400), boot(4, 60)];
    expect(judges['reboot-loop'](boot(4, 60), after(...looks)).is).toBe('yes');
    expect(judges['reboot-loop'](boot(4, 1_000), after(...looks)).is).toBe('yes');
    expect(judges['reboot-loop'](boot(4, 1_800), after(...looks)).is).toBe('no');
  });

  test('two in a row, or some days apart, are none', () => {
    expect(judges['reboot-loop'](boot(3, 60), after(boot(1, 90_000), boot(2, 300), boot(3, 60))).is).toBe(
      'between',
    );
    expect(judges['reboot-loop'](boot(2, 60), after(boot(1, 90_000), boot(2, 60))).is).toBe('no');
  });

  test('of the agent are counted within one boot, by a clock that nobody sets', () => {
    const at = (uptimeS: number): Seen => seen({ readings: { uptimeS } });
    let memory = nothingRemembered;
    for (const uptimeS of [100, 400, 700, 1_000]) {
      memory = rememberStart(remember(memory, at(uptimeS), `life-${uptimeS}`, 0), at(uptimeS).readings);
    }
    expect(judges['agent-restarting'](at(1_000), memory).is).toBe('yes');
    expect(judges['agent-restarting'](at(4_500), memory).is).toBe('no');
    const rebooted = remember(memory, boot(2, 50), 'life-9', 0);
    expect(judges['agent-restarting'](boot(2, 50), rebooted).is).toBe('no');
  });
});

describe('what is not there', () => {
  test('a board without a fan never turned one, and has none that stalls', () => {
    const fanless = seen({ readings: { jetson: { fanRpm: 0 } } });
    expect(judges['fan-stalled'](fanless, after(fanless, fanless)).is).toBe('no');
  });

  test('a GPU that sleeps has lost no sensor', () => {
    const zone = (milliC: number | null): Seen =>
      seen({ readings: { temperatures: [{ zone: 'gpu-thermal', milliC, limitMilliC: 99_000 }] } });
    expect(judges['sensor-gone'](zone(null), after(zone(50_000), zone(null))).is).toBe('no');
  });

  test('a device without a controller has none that is lost, and no certificate that ends', () => {
    const alone: Seen = { ...well, link: null };
    for (const code of ['controller-lost', 'spool-growing', 'certificate-day'] as const)
      expect(judges[code](alone, after(alone)).is).toBe('no');
  });

  test('a power mode that was kept for a day was meant', () => {
    const other = seen({ readings: { jetson: { nvpmodel: '15W' } } });
    let memory = after(well, other);
    expect(judges['power-mode-changed'](other, memory).is).toBe('yes');
    for (let hours = 0; hours < 25; hours += 1) memory = remember(memory, other, life, 3_600_000);
    expect(judges['power-mode-changed'](other, memory).is).toBe('no');
  });
});
