import { describe, expect, test } from 'vitest';
import type { Board } from '../parts.ts';
import { FakeDevice, releaseNamed } from './device.fixture.ts';
import { deviceBefore, idOf, runToItsEnd, v1, v2 } from './power.fixture.ts';
import { type PrecheckFacts, precheck } from './precheck.ts';

const orin: Board = { arch: 'arm64', board: 'NVIDIA Jetson Orin Nano', l4t: '36.4.0', memoryMiB: 7_620 };
const facts = (more: Partial<PrecheckFacts> = {}): PrecheckFacts => ({
  release: releaseNamed('2', { counter: 2, dataForm: 1 }),
  board: orin,
  floor: { counter: 2, dataForm: 1 },
  quarantined: undefined,
  again: false,
  installed: [],
  room: { fits: true, says: '' },
  ...more,
});
const reason = (more: Partial<PrecheckFacts>): string | undefined => precheck(facts(more))?.reason;

test('what nothing speaks against may be installed', () => {
  expect(precheck(facts())).toBeUndefined();
});

describe('case 19: older than what was committed', () => {
  test('a lower security counter, whatever its version says', () => {
    expect(reason({ release: releaseNamed('9.9', { counter: 1, dataForm: 9 }) })).toBe('below-floor');
    expect(reason({ release: releaseNamed('0.1', { counter: 2, dataForm: 1 }) })).toBeUndefined();
  });

  test('one that cannot read the data that is there', () => {
    expect(precheck(facts({ release: releaseNamed('2', { counter: 9, dataForm: 0 }) }))).toMatchObject({
      reason: 'below-floor',
      says: expect.stringContaining('form 1'),
    });
  });

  test.each([
    ['by command', { rollout: idOf(900) }],
    ['by a person at the device', { rollout: null, now: true }],
    ['by a person who says again', { rollout: null, again: true }],
  ])('%s, it is refused', async (_, how) => {
    const device = await deviceBefore(v2);
    await runToItsEnd(device);
    await device.install(v1, idOf(3), how);
    await runToItsEnd(device);
    expect([await device.running(), await device.lastWord(idOf(3))]).toEqual(['2', 'refused below-floor']);
  });

  test('under another kind of the same name, it is refused as well', async () => {
    const device = await deviceBefore(v2);
    await runToItsEnd(device);
    const { golden, artifact, ...old } = v1 as Extract<typeof v1, { kind: 'model' }>;
    const disguised = { ...old, kind: 'adapter' as const, golden, artifact, base: '0'.repeat(64) };
    const other = new FakeDevice({ ...device.parts, releases: [{ ...disguised, version: '0' }] });
    await other.install({ ...disguised, version: '0' }, idOf(3));
    await runToItsEnd(other);
    expect(await other.lastWord(idOf(3))).toBe('refused below-floor');
  });
});

describe('case 20: for another board', () => {
  test.each([
    [{ arch: ['x64' as const] }],
    [{ boards: ['NVIDIA Jetson AGX Orin'] }],
    [{ l4t: ['35.', '38.'] }],
  ])('%j', (compat) => {
    expect(reason({ release: releaseNamed('2', { counter: 2, dataForm: 1, compat }) })).toBe('not-for-us');
  });

  test('one of several beginnings is enough; and without a Jetson none is', () => {
    const compat = { boards: ['NVIDIA Jetson Xavier', 'NVIDIA Jetson Orin'], l4t: ['36.'] };
    const release = releaseNamed('2', { counter: 2, dataForm: 1, compat });
    expect(reason({ release })).toBeUndefined();
    expect(reason({ release, board: { ...orin, board: null } })).toBe('not-for-us');
    expect(reason({ release, board: { ...orin, l4t: null } })).toBe('not-for-us');
  });
});

describe('case 22: a part of what belongs together', () => {
  const compat = { needs: { model: 3, agent: 1 } };
  const release = releaseNamed('2', { counter: 2, dataForm: 1, compat });
  const agent = releaseNamed('a', { kind: 'agent', counter: 1 });

  test('is refused while what it needs is older, or was never installed', () => {
    expect(precheck(facts({ release, installed: [agent, releaseNamed('m', { counter: 2 })] }))).toMatchObject(
      {
        reason: 'not-for-us',
        says: expect.stringContaining('kind model with counter 3'),
      },
    );
    expect(reason({ release, installed: [releaseNamed('m', { counter: 3 })] })).toBe('not-for-us');
    expect(reason({ release, installed: [agent, releaseNamed('m', { counter: 3 })] })).toBeUndefined();
  });

  test('an adapter for other weights than the installed ones', () => {
    const adapter = releaseNamed('2', { kind: 'adapter', counter: 2, dataForm: 1, base: 'f'.repeat(64) });
    expect(reason({ release: adapter, installed: [v1] })).toBe('not-for-us');
    expect(reason({ release: adapter, installed: [] })).toBeUndefined(); // its applier knows which model is built in
  });
});

test('what failed here before is refused, unless somebody wants it again', () => {
  const quarantined = { manifestSha256: 'a'.repeat(64), reason: 'unhealthy' as const, at: 1 };
  expect(reason({ quarantined })).toBe('quarantined');
  expect(reason({ quarantined, again: true })).toBeUndefined();
});

test('too little memory, or too little room', () => {
  expect(
    reason({ release: releaseNamed('2', { counter: 2, dataForm: 1, compat: { memoryMiB: 8_000 } }) }),
  ).toBe('no-memory');
  expect(precheck(facts({ room: { fits: false, says: '2 GiB are missing' } }))).toEqual({
    reason: 'no-space',
    says: '2 GiB are missing',
  });
});
