/** Warnings over time: what is told, when, and what is kept to itself. */
import { type WarningCode, warnings } from '@rockpool/protocol/fleet/warnings';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blind, noonMs, type Over, seen, well } from './seen.fixture.ts';
import type { Seen } from './seen.ts';
import { type Change, causesOf, codes, firstState, raisedIn, WatchState, watch } from './watch.ts';

/** A device that is looked at; what was told, in the order in which it was. */
function device(state: WatchState = firstState) {
  let life = 0;
  let isNew = true;
  const told: string[] = [];
  return {
    told,
    state: () => state,
    look(look: Seen, ms = 30_000): Change[] {
      const { state: next, changes } = watch(state, look, { life: `life-${life}`, ms: isNew ? null : ms });
      state = next;
      isNew = false;
      told.push(...changes.map(({ code, raised }) => `${raised ? '+' : '-'}${code}`));
      return changes;
    },
    /** Looks for so long, every half minute. */
    for(seconds: number, look: Seen): void {
      for (let passed = 0; passed < seconds; passed += 30) this.look(look);
    },
    raised: (): WarningCode[] => raisedIn(state).map(({ code }) => code),
    /** As its file has it. */
    restart(): void {
      state = WatchState.parse(JSON.parse(JSON.stringify(state)));
      life += 1;
      isNew = true;
    },
  };
}

const offline = { readings: { network: { connected: false } }, link: { controllerThere: false } };
const throttled = seen({ readings: { jetson: { throttled: true } } });
const full: Over<Seen> = { readings: { disk: { freeMiB: 10 } } };

test('a device that is well tells nothing, for a day', () => {
  const it = device();
  it.for(86_400, well);
  expect(it.told).toEqual([]);
});

test('a moment tells nobody; what lasts is told once', () => {
  const it = device();
  it.look(well);
  it.for(90, throttled);
  it.look(well);
  expect(it.told).toEqual([]);
  it.for(600, throttled);
  expect(it.told).toEqual(['+throttled']);
});

test('it is taken back when it has been gone for long enough, and not in between', () => {
  const it = device();
  it.for(300, throttled);
  it.for(240, well);
  it.look(throttled);
  it.for(240, well);
  expect(it.told).toEqual(['+throttled']);
  it.for(120, well);
  expect(it.told).toEqual(['+throttled', '-throttled']);
});

test('what is not seen to be gone is not taken back', () => {
  const it = device();
  it.for(300, throttled);
  it.for(86_400, blind);
  expect(it.raised()).toContain('throttled');
});

test('what stands between its two bounds does not flicker', () => {
  const it = device();
  const used = (freeMiB: number): Seen => seen({ readings: { disk: { freeMiB } } });
  it.for(900, used(9_900));
  for (let i = 0; i < 100; i += 1) it.look(used(i % 2 ? 9_900 : 11_000));
  expect(it.told).toEqual(['+disk-filling']);
});

describe('a reason hides what follows from it', () => {
  test('a lost network is one warning, not ten', () => {
    const it = device();
    it.look(well);
    const lost = seen({ ...offline, readings: { ...offline.readings, clockSynchronised: false } });
    it.for(86_400, { ...lost, link: { ...lost.link, dropped: 500, spooled: 9_000 } as Seen['link'] });
    expect(it.told).toEqual(['+network-lost']);
  });

  test('what was told before its reason was found is taken back then, and comes again if it stays', () => {
    const it = device();
    it.for(900, seen({ link: { controllerThere: false } }));
    expect(it.told).toEqual(['+controller-lost']);
    it.for(300, seen(offline));
    expect(it.told).toEqual(['+controller-lost', '+network-lost', '-controller-lost']);
    it.for(120, seen({ link: { controllerThere: false } }));
    expect(it.told.at(-1)).toBe('-network-lost');
    // The controller has its own time again, counted from here.
    it.for(540, seen({ link: { controllerThere: false } }));
    expect(it.told.at(-1)).toBe('-network-lost');
    it.for(120, seen({ link: { controllerThere: false } }));
    expect(it.told.at(-1)).toBe('+controller-lost');
  });

  test('a reason that is about to be told goes first', () => {
    const it = device();
    it.look(well);
    // A full disk needs a minute, a self-test that failed for it needs none.
    const both = seen({ ...full, selfTest: { failed: ['database'] } });
    it.for(120, both);
    expect(it.told).toEqual(['+disk-full']);
  });

  test('a reason that can no longer be seen keeps nobody waiting for ever', () => {
    const it = device();
    it.look(well);
    it.look(seen(full));
    it.look(
      seen({ readings: { disk: { freeMiB: null, totalMiB: null } }, selfTest: { failed: ['database'] } }),
    );
    expect(it.told).toEqual(['+self-test-failed']);
  });

  test('a certificate is told once, by the nearest of its ends', () => {
    const it = device();
    for (let days = 40; days > -3; days -= 1 / 24) {
      it.look(seen({ link: { certificateEndsMs: noonMs + days * 86_400_000 } }), 3_600_000);
    }
    expect(it.told).toEqual([
      '+certificate-month',
      '+certificate-week',
      '-certificate-month',
      '+certificate-day',
      '-certificate-week',
    ]);
  });
});

describe('over restarts', () => {
  test('what is raised is not told again', () => {
    const it = device();
    it.for(300, throttled);
    for (let i = 0; i < 2; i += 1) {
      it.restart();
      it.for(300, throttled);
    }
    expect(it.told).toEqual(['+throttled']);
  });

  test('what went away meanwhile is taken back', () => {
    const it = device();
    it.for(300, throttled);
    it.restart();
    it.for(600, well);
    expect(it.told).toEqual(['+throttled', '-throttled']);
  });

  test('a clock that jumps raises and takes back nothing but itself', () => {
    const it = device();
    it.for(300, throttled);
    for (const nowMs of [noonMs + 10 * 31_536_000_000, 0, noonMs]) it.look({ ...throttled, nowMs });
    expect(it.told).toEqual(['+throttled']);
  });

  test('a clock that was ten years ahead, and is right again, is not wrong for ten years', () => {
    const it = device();
    const unkept = (nowMs: number): Seen => seen({ nowMs, readings: { clockSynchronised: false } });
    it.look(well);
    it.for(600, unkept(noonMs + 10 * 31_536_000_000));
    it.for(600, unkept(noonMs));
    expect(it.told).toEqual(['+clock-unsynchronised']);
  });
});

test('the gravest stands first, with what is known of it', () => {
  const it = device();
  it.for(900, seen({ ...full, readings: { ...full.readings, disk: { freeMiB: 10, wearPercent: 10 } } }));
  it.for(900, seen({ readings: { disk: { freeMiB: 10 }, jetson: { throttled: true } } }));
  expect(raisedIn(it.state())).toEqual([
    { code: 'disk-full', severity: 'critical', since: noonMs, detail: '10 MiB free' },
    { code: 'throttled', severity: 'warning', since: noonMs },
  ]);
});

/** Any look: each part well, ill or not to be read. */
const anyLook: fc.Arbitrary<Seen> = fc
  .record({
    connected: fc.option(fc.boolean()),
    there: fc.option(fc.boolean()),
    synced: fc.option(fc.boolean()),
    throttled: fc.option(fc.boolean()),
    free: fc.option(fc.constantFrom(10, 1_200, 5_000, 11_000, 60_000)),
    heat: fc.option(fc.constantFrom(40_000, 91_000, 97_000)),
    rpm: fc.option(fc.constantFrom(0, 1_500)),
    loaded: fc.boolean(),
    queued: fc.constantFrom(0, 5),
    failed: fc.boolean(),
    kills: fc.option(fc.nat(3)),
    dropped: fc.option(fc.nat(3)),
    ends: fc.option(fc.integer({ min: -2, max: 60 })),
    boot: fc.constantFrom('boot-1', 'boot-2'),
    nowMs: fc.constantFrom(0, noonMs, noonMs + 1e12),
  })
  .map((one) =>
    seen({
      nowMs: one.nowMs,
      readings: {
        boot: one.boot,
        network: { connected: one.connected },
        clockSynchronised: one.synced,
        disk: { freeMiB: one.free },
        memory: { kills: one.kills },
        temperatures: [{ zone: 'tj-thermal', milliC: one.heat, limitMilliC: 99_000 }],
        jetson: { throttled: one.throttled, fanRpm: one.rpm },
      },
      model: { loaded: one.loaded, queued: one.queued },
      selfTest: { failed: one.failed ? ['database'] : [] },
      link: {
        controllerThere: one.there,
        dropped: one.dropped,
        certificateEndsMs: one.ends === null ? null : noonMs + one.ends * 86_400_000,
      },
    }),
  );

const anyStory = fc.array(
  fc.record({
    look: anyLook,
    ms: fc.constantFrom(0, 30_000, 600_000, 86_400_000),
    restarts: fc.boolean(),
  }),
  { maxLength: 40 },
);

const runs = { numRuns: 300 };

test('whatever happens: told and taken back in turn, and never beside its reason', () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const it = device();
      const open = new Set<string>();
      for (const { look, ms, restarts } of story) {
        if (restarts) it.restart();
        for (const { code, raised, severity } of it.look(look, ms)) {
          expect(open.has(code), `${code} was told twice`).toBe(!raised);
          if (raised) open.add(code);
          else open.delete(code);
          expect(severity).toBe(warnings[code].severity);
        }
        const raised = it.raised();
        expect(new Set(raised)).toEqual(open);
        for (const code of raised) {
          for (const cause of causesOf[code]) expect(raised, `${code} beside ${cause}`).not.toContain(cause);
        }
      }
    }),
    runs,
  );
});

test('whatever happened: a look at nothing takes nothing back', () => {
  const counted = new Set<WarningCode>(['reboot-loop', 'agent-restarting', 'clock-wrong', 'sensor-gone']);
  fc.assert(
    fc.property(anyStory, fc.nat(86_400_000), (story, ms) => {
      const it = device();
      for (const step of story) it.look(step.look, step.ms);
      const before = it.raised().filter((code) => !counted.has(code));
      const lost = it
        .look({ ...blind, readings: { ...blind.readings, boot: 'boot-1' } }, Math.min(ms, 60_000))
        .filter(({ code, raised }) => !raised && !counted.has(code));
      // One that is hidden by a reason of its own isn't taken back, but explained.
      for (const { code } of lost) {
        expect(before).toContain(code);
        expect(it.raised().some((cause) => causesOf[code].includes(cause))).toBe(true);
      }
    }),
    runs,
  );
});

test('whatever happens: what is written down is what goes on', () => {
  fc.assert(
    fc.property(anyStory, anyLook, (story, last) => {
      const it = device();
      for (const { look, ms } of story) it.look(look, ms);
      const read = WatchState.parse(JSON.parse(JSON.stringify(it.state())));
      expect(read).toEqual(it.state());
      const passed = { life: 'other', ms: null };
      expect(watch(read, last, passed)).toEqual(watch(it.state(), last, passed));
    }),
    runs,
  );
});

test('whatever happened: an hour and a day of being well ends all of it', () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const it = device();
      for (const { look, ms } of story) it.look(look, ms);
      // Longer than any of them waits, and than the two hours for which a rise is remembered.
      for (let hours = 0; hours < 26; hours += 1) {
        it.look(
          seen({ readings: { uptimeS: 90_000 + hours * 3_600, memory: { kills: 3 } }, link: { dropped: 3 } }),
          3_600_000,
        );
      }
      expect(it.raised()).toEqual([]);
    }),
    runs,
  );
});

test('reasons are known through reasons', () => {
  expect(causesOf['model-restarting']).toContain('posture-missing');
  expect(codes).toHaveLength(Object.keys(warnings).length);
});
