/** When operators are told, and when not: examples, and what holds for every history of every fleet. */
import { controllerAlerts } from '@rockpool/protocol/fleet/alerts';
import { type WarningCode, warnings } from '@rockpool/protocol/fleet/warnings';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { causesOf } from './codes.ts';
import type { Seen } from './findings.ts';
import { judge, keyOf, type Standing } from './rules.ts';

const second = 1_000;
const minute = 60 * second;
const start = 1_800_000_000_000;

const device = (name: string, set: Partial<Seen> = {}): Seen => ({
  ...{ name, group: 'leeds', isSilenced: false, presence: 'online', since: start, warnings: [] },
  ...{ skewMs: 0, clonedAt: null, auditForkAt: null, failedCommands: [], ...set },
});
const away = (name: string, since = start, set: Partial<Seen> = {}) =>
  device(name, { presence: 'offline', since, ...set });
const raised = (code: WarningCode) => [{ code, severity: warnings[code].severity }];

/** Alerts as a database would keep them. */
function createDesk() {
  let standing: Standing[] = [];
  let ids = 0;
  const events: string[] = [];
  return {
    events,
    standing: () => standing,
    shown: () => standing.filter(({ hiddenBy }) => hiddenBy === null).map(keyOf),
    sweep(now: number, ...seen: Seen[]) {
      const { raise, change, clear } = judge(seen, standing, now, { groupBy: 'branch' });
      const before = new Map(standing.map((one) => [one.id, one]));
      const gone = new Set(clear.map(({ id }) => id));
      for (const { id } of clear) events.push(`cleared ${keyOf(before.get(id) as Standing)}`);
      for (const { id, what } of change)
        if (what) events.push(`${what} ${keyOf(before.get(id) as Standing)}`);
      standing = standing
        .filter(({ id }) => !gone.has(id))
        .map((one) => ({ ...one, ...change.find(({ id }) => id === one.id)?.set }));
      for (const one of raise) {
        ids += 1;
        events.push(`raised ${keyOf(one)}`);
        standing.push({ ...one, id: ids, goneAt: null, returns: 0, hiddenBy: null });
      }
      return { raise, change, clear };
    },
  };
}

test('a device is told of when it has been away for a while, and taken back when it stays', () => {
  const desk = createDesk();
  desk.sweep(start + minute, away('a'), device('b'));
  expect(desk.shown()).toEqual([]);
  desk.sweep(start + 2 * minute, away('a'), device('b'));
  expect(desk.shown()).toEqual(['offline a']);
  desk.sweep(start + 3 * minute, device('a'), device('b'));
  expect(desk.shown()).toEqual(['offline a']);
  desk.sweep(start + 4 * minute, device('a'), device('b'));
  expect(desk.events).toEqual(['raised offline a', 'cleared offline a']);
});

test('twelve devices that go one after the other are one alert', () => {
  const desk = createDesk();
  const names = Array.from({ length: 12 }, (_, n) => `d-${n}`);
  for (let s = 0; s < 600; s += 10) {
    const now = start + s * second;
    // The broker misses them over a minute and a half.
    const seen = names.map((name, n) => {
      const gone = start + n * 8 * second;
      return now >= gone ? away(name, gone) : device(name);
    });
    desk.sweep(now, ...seen, device('far', { group: 'york' }));
  }
  expect(desk.events).toEqual(['raised site-offline branch=leeds']);
  expect(desk.standing()[0]?.devices).toEqual([...names].sort());
});

test('those that were told of before all were gone are folded into it, and come out when one returns', () => {
  const desk = createDesk();
  const far = device('far', { group: 'york' });
  desk.sweep(start + 2 * minute, away('a'), device('b'), far);
  expect(desk.shown()).toEqual(['offline a']);
  desk.sweep(start + 3 * minute, away('a'), away('b', start + 3 * minute), far);
  expect(desk.shown()).toEqual(['site-offline branch=leeds']);
  desk.sweep(start + 5 * minute, away('a'), device('b'), far);
  desk.sweep(start + 6 * minute, away('a'), device('b'), far);
  expect(desk.shown()).toEqual(['offline a']);
  expect(desk.events).toEqual(
    [
      ...['raised offline a', 'hidden offline a', 'raised site-offline branch=leeds'],
      ...['cleared site-offline branch=leeds', 'shown offline a'],
    ].sort((one, other) => desk.events.indexOf(one) - desk.events.indexOf(other)),
  );
});

test('a site of one device has no group, and a device without a branch stands for itself', () => {
  const desk = createDesk();
  const far = device('far', { group: 'york' });
  desk.sweep(
    start + 2 * minute,
    away('a'),
    away('b', start, { group: null }),
    away('c', start, { group: null }),
    far,
  );
  expect(desk.shown().sort()).toEqual(['offline a', 'offline b', 'offline c']);
});

test('when nobody of any site is heard it is the controller that is cut off: one alert', () => {
  const desk = createDesk();
  const seen = ['leeds', 'york'].flatMap((group) =>
    ['1', '2'].map((n) => away(`${group}-${n}`, start, { group })),
  );
  desk.sweep(start + 2 * minute, ...seen);
  expect(desk.events).toEqual(['raised fleet-offline fleet=all']);
});

test('what a device said before it went is neither told nor taken back while it is away', () => {
  const desk = createDesk();
  const far = device('far', { group: 'york' });
  desk.sweep(start, device('a', { warnings: raised('disk-full') }), far);
  expect(desk.shown()).toEqual(['disk-full a']);
  for (let day = 1; day < 60; day += 1)
    desk.sweep(start + day * 86_400_000, away('a', start, { warnings: raised('fan-stalled') }), far);
  expect(desk.shown()).toEqual(['offline a']);
  expect(desk.standing().map(keyOf)).toContain('disk-full a');
  const back = start + 61 * 86_400_000;
  desk.sweep(back, device('a'), far);
  expect(desk.standing().map(keyOf)).toContain('disk-full a');
  desk.sweep(back + minute, device('a'), far);
  expect(desk.standing()).toEqual([]);
});

test('a device that is connected and silent has not taken anything back', () => {
  const desk = createDesk();
  desk.sweep(start, device('a', { warnings: raised('disk-full') }));
  desk.sweep(start + 60 * minute, device('a', { presence: 'degraded' }));
  expect(desk.shown().sort()).toEqual(['degraded a', 'disk-full a']);
});

test('what comes and goes is one alert, taken back later and later', () => {
  const desk = createDesk();
  let now = start;
  for (let n = 0; n < 50; n += 1) {
    desk.sweep(now, device('a', { warnings: raised('disk-filling') }));
    now += 20 * second;
    desk.sweep(now, device('a'));
    now += 20 * second;
  }
  expect(desk.events).toEqual(['raised disk-filling a']);
  // Returned 49 times, it has to be gone for half an hour.
  desk.sweep(now + 29 * minute, device('a'));
  expect(desk.shown()).toEqual(['disk-filling a']);
  desk.sweep(now + 30 * minute, device('a'));
  expect(desk.shown()).toEqual([]);
});

test('what follows from something else waits behind it', () => {
  const desk = createDesk();
  const unsynchronised = raised('clock-unsynchronised');
  desk.sweep(start, device('a', { skewMs: 3_600_000, warnings: unsynchronised }));
  expect(desk.shown()).toEqual(['clock-unsynchronised a']);
  desk.sweep(start + minute, device('a', { skewMs: 3_600_000 }));
  desk.sweep(start + 2 * minute, device('a', { skewMs: 3_600_000 }));
  expect(desk.shown()).toEqual(['clock-skew a']);
  expect(desk.standing()[0]?.detail).toBe('60 minutes ahead');
});

test('maintenance silences a device and keeps its site from standing for it; a copied identity is told all the same', () => {
  const desk = createDesk();
  const far = device('far', { group: 'york' });
  desk.sweep(start + 9 * minute, away('a', start, { isSilenced: true, clonedAt: start }), device('b'), far);
  expect(desk.shown()).toEqual(['cloned a']);
  desk.sweep(start + 10 * minute, away('a', start, { clonedAt: start }), device('b'), far);
  expect(desk.shown().sort()).toEqual(['cloned a', 'offline a']);
  desk.sweep(start + 11 * minute, away('a', start, { isSilenced: true, clonedAt: start }), device('b'), far);
  expect(desk.shown()).toEqual(['cloned a']);
});

test('it is told again when it gets worse', () => {
  const desk = createDesk();
  const failed = (count: number) => Array.from({ length: count }, () => ({ name: 'reboot', says: 'no' }));
  desk.sweep(start, device('a', { failedCommands: failed(1) }));
  desk.sweep(start + second, device('a', { failedCommands: failed(3) }));
  expect(desk.events).toEqual(['raised commands-failed a', 'worsened commands-failed a']);
});

test('a device that left the fleet leaves nothing behind', () => {
  const desk = createDesk();
  const far = device('far', { group: 'york' });
  desk.sweep(start + 9 * minute, away('a'), away('b'), far);
  desk.sweep(start + 10 * minute, far);
  expect(desk.standing()).toEqual([]);
});

test('nothing explains itself, by whatever way', () => {
  const codes = [...Object.keys(warnings), ...Object.keys(controllerAlerts)];
  const reaches = (from: string, path: readonly string[]): void => {
    for (const cause of causesOf(from)) {
      expect(codes).toContain(cause);
      expect([...path, from].includes(cause), [...path, from, cause].join(' → ')).toBe(false);
      reaches(cause, [...path, from]);
    }
  };
  for (const code of codes) reaches(code, []);
});

describe('of every history of every fleet', () => {
  const codes = Object.keys(warnings) as WarningCode[];
  const OneSeen = (name: string, group: string | null): fc.Arbitrary<Seen> =>
    fc.record({
      name: fc.constant(name),
      group: fc.constant(group),
      isSilenced: fc.oneof(
        { weight: 5, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      presence: fc.constantFrom('online', 'online', 'degraded', 'flapping', 'offline', 'offline', 'never'),
      since: fc.integer({ min: start - 20 * minute, max: start + 20 * minute }),
      warnings: fc
        .uniqueArray(fc.constantFrom(...codes), { maxLength: 3 })
        .map((some) => some.flatMap(raised)),
      skewMs: fc.constantFrom(null, 0, 7_200_000),
      clonedAt: fc.constantFrom(null, null, null, start),
      auditForkAt: fc.constantFrom(null, null, null, start),
      failedCommands: fc.array(fc.constant({ name: 'reboot', says: null }), { maxLength: 4 }),
    });
  const fleet = [
    ...[OneSeen('a1', 'a'), OneSeen('a2', 'a'), OneSeen('a3', 'a')],
    ...[OneSeen('b1', 'b'), OneSeen('b2', 'b'), OneSeen('lone', null)],
  ] as const;
  const History = fc.array(
    fc.record({ passMs: fc.integer({ min: 0, max: 10 * minute }), seen: fc.tuple(...fleet) }),
    { minLength: 1, maxLength: 12 },
  );
  const outages = ['offline', 'site-offline', 'fleet-offline'];

  type Look = (
    desk: ReturnType<typeof createDesk>,
    seen: readonly Seen[],
    now: number,
    was: readonly Standing[],
  ) => void;

  /** After each sweep. */
  const always = (look: Look) =>
    fc.assert(
      fc.property(History, (history) => {
        const desk = createDesk();
        let now = start;
        for (const { passMs, seen } of history) {
          now += passMs;
          const was = desk.standing();
          desk.sweep(now, ...seen);
          look(desk, seen, now, was);
        }
      }),
      { numRuns: 300 },
    );

  test('one thing is open once', () =>
    always((desk) => {
      const keys = desk.standing().map(keyOf);
      expect(new Set(keys).size).toBe(keys.length);
    }));

  test('a second look at the same moment changes nothing', () =>
    always((desk, seen, now) => {
      // What was raised just now may explain what stood before; that was said in the same breath.
      const { raise, change, clear } = desk.sweep(now, ...seen);
      expect({ raise, change: change.filter(({ what }) => what !== null), clear }).toEqual({
        ...{ raise: [], change: [], clear: [] },
      });
    }));

  test('of a device that is away at most one alert says so, and nothing else that it follows from', () =>
    always((desk, seen) => {
      for (const { name } of seen) {
        // What is over and only waits to be taken back may stand beside what came after it.
        const about = desk
          .standing()
          .filter((one) => one.hiddenBy === null && one.goneAt === null && one.devices.includes(name));
        expect(about.filter(({ code }) => outages.includes(code)).length).toBeLessThanOrEqual(1);
        for (const { code } of about)
          expect(
            about.some((other) => causesOf(code).includes(other.code)),
            `${code} of ${name}`,
          ).toBe(false);
      }
    }));

  test('what a device said is never taken back while it says nothing', () =>
    always((desk, seen, _, was) => {
      const standing = new Set(desk.standing().map(keyOf));
      const silent = seen.filter(({ presence }) => presence !== 'online' && presence !== 'flapping');
      const said = was.filter(
        ({ code, subject }) => code in warnings && silent.some(({ name }) => name === subject),
      );
      for (const one of said) expect(standing).toContain(keyOf(one));
    }));

  test('a copied identity and a rewritten log are seen, whatever else is the case', () =>
    always((desk, seen) => {
      for (const { name, clonedAt, auditForkAt } of seen) {
        if (clonedAt !== null) expect(desk.shown()).toContain(`cloned ${name}`);
        if (auditForkAt !== null) expect(desk.shown()).toContain(`audit-fork ${name}`);
      }
    }));

  test('when all is well and stays so, nothing is left', () =>
    always((desk, seen, now) => {
      const well = seen.map(({ name, group }) => device(name, { group }));
      const later = createDesk();
      later.sweep(now, ...seen);
      later.sweep(now + minute, ...well);
      later.sweep(now + 61 * minute, ...well);
      expect(later.standing()).toEqual([]);
      expect(desk.standing().every(({ goneAt }) => goneAt === null || goneAt <= now)).toBe(true);
    }));
});
