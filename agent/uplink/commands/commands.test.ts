/** Commands: each refusal with its reason, each deed once in effect, and a result for every one, whatever cuts in. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceName } from '@rockpool/protocol/enrolment';
import {
  type Command,
  type CommandOrder,
  type CommandResult,
  commandDomain,
} from '@rockpool/protocol/fleet/command';
import { ackDomain } from '@rockpool/protocol/fleet/report';
import { frame, frameDeflated } from '@rockpool/signing/frame';
import { createSeed, openIdentity } from '@rockpool/signing/identity';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createControllerTime } from '../controller-time.ts';
import { fakeDeeds, floorInMemory } from '../fleet.fixture.ts';
import { openEars } from '../messages.ts';
import { openSpool, type Spool } from '../spool.ts';
import { inMemory, openUplinkFile, type UplinkFile } from '../sqlite.ts';
import { type Commands, openCommands } from './commands.ts';
import type { Deeds } from './deeds.ts';
import type { Floor } from './journal.ts';

const leeds = DeviceName.parse('leeds');
const [key, next, stranger] = [createSeed(), createSeed(), createSeed()].map(openIdentity) as [
  ReturnType<typeof openIdentity>,
  ReturnType<typeof openIdentity>,
  ReturnType<typeof openIdentity>,
];
const ears = openEars([key.publicKey, next.publicKey]);
const now = 1_790_000_000_000;
const selfTest: CommandOrder = { name: 'run-self-test', args: {} };

interface World {
  commands: Commands;
  results(): CommandResult[];
  done: string[];
  file: UplinkFile;
  floor: Floor;
  spool: Spool;
}

function open({
  file = openUplinkFile(inMemory),
  floor = floorInMemory(),
  deeds = {},
  synchronised = true,
  uptimeMs = () => 0,
}: {
  file?: UplinkFile;
  floor?: Floor;
  deeds?: Partial<Deeds>;
  synchronised?: boolean;
  uptimeMs?: () => number;
} = {}): World {
  const spool = openSpool(file);
  const done: string[] = [];
  const commands = openCommands({
    ...{ device: leeds, file, floor, uptimeMs, wake: () => undefined, tellInstalled: () => undefined },
    ...{ timeKnownMs: 50, deedMs: 60_000, told: () => undefined },
    deeds: { ...fakeDeeds(done), ...deeds },
    time: createControllerTime({
      clock: { now: () => now },
      uptimeMs,
      clockSynchronised: async () => synchronised,
    }),
    spool: (body) => void spool.putWithin(body, { boot: 'boot-1', at: now, mono: 0 }),
  });
  const results = (): CommandResult[] =>
    spool.head(10_000).flatMap(({ body }) => (body.kind === 'result' ? [body.result] : []));
  return { commands, results, done, file, floor, spool };
}

const made = (counter: number, change: object = {}): Command => ({
  ...{ v: 1, dev: leeds, id: crypto.randomUUID(), counter },
  ...{ issuedAt: now - 1_000, notAfter: now + 60_000, order: selfTest },
  ...change,
});
const signed = (command: object, by = key): Uint8Array => frame(by, commandDomain, command);
const until = (what: () => void): Promise<void> => vi.waitFor(what, { timeout: 10_000, interval: 5 });
const ended = (world: World, many: number): Promise<void> =>
  until(() => expect(world.results().filter(({ state }) => state !== 'accepted')).toHaveLength(many));

let world: World;
beforeEach(() => {
  world = open();
});

test('a command is accepted, done and told, and its number is the newest', async () => {
  const command = made(5);
  world.commands.take(ears, signed(command));
  await ended(world, 1);
  expect(world.results()).toEqual([
    { id: command.id, state: 'accepted' },
    { id: command.id, state: 'succeeded', says: 'run-self-test is done.' },
  ]);
  expect(world.commands.newest()).toBe(5);
});

test('each of the controller’s command keys is obeyed, so that one can be replaced by another', async () => {
  world.commands.take(ears, signed(made(1), key));
  world.commands.take(ears, signed(made(2), next));
  await ended(world, 2);
  expect(world.done).toEqual(['run-self-test', 'run-self-test']);
});

describe('refused, with its reason, and not done', () => {
  const malleated = (bytes: Uint8Array): Uint8Array => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = Buffer.from(bytes.subarray(34, 66)).reverse();
    const other = (BigInt(`0x${s.toString('hex')}`) + order).toString(16).padStart(64, '0');
    return Buffer.concat([bytes.subarray(0, 34), Buffer.from(other, 'hex').reverse(), bytes.subarray(66)]);
  };
  const flipped = (bytes: Uint8Array): Uint8Array => {
    const copy = Buffer.from(bytes);
    copy[80] = (copy[80] ?? 0) ^ 1;
    return copy;
  };
  test.each<[string, string, () => Uint8Array, boolean]>([
    ['one by a stranger', 'signature', () => signed(made(1), stranger), false],
    ['one of which a bit was changed', 'signature', () => flipped(signed(made(1))), false],
    ['one with a second signature made of the first', 'signature', () => malleated(signed(made(1))), false],
    ['what was signed for another purpose', 'signature', () => frame(key, ackDomain, made(1)), false],
    ['one that is deflated', 'signature', () => frameDeflated(key, commandDomain, made(1)), false],
    ['rubbish', 'signature', () => Buffer.from('{"v":1}'), false],
    ['nothing', 'signature', () => Buffer.alloc(0), false],
    ['one of another version', 'unknown-version', () => signed({ ...made(1), v: 2, more: 1 }), true],
    [
      'one that is not understood',
      'malformed',
      () => signed({ ...made(1), order: { name: 'dance', args: {} } }),
      true,
    ],
    ['one with more in it than there may be', 'malformed', () => signed({ ...made(1), sudo: true }), true],
    ['one for another device', 'not-mine', () => signed(made(1, { dev: 'york' })), true],
    ['one that is too old', 'expired', () => signed(made(1, { notAfter: now - 1 })), true],
    [
      'one that nothing here can do',
      'unsupported',
      () => signed(made(1, { order: { name: 'check-update', args: {} } })),
      true,
    ],
    [
      'settings that can not be in force',
      'not-allowed',
      () =>
        signed(
          made(1, { order: { name: 'set-config', args: { version: 1, config: { selfTest: 'never' } } } }),
        ),
      true,
    ],
  ])('%s: %s', async (_, reason, bytes, hasId) => {
    world.commands.take(ears, bytes());
    await ended(world, 1);
    const [result] = world.results();
    expect(result).toMatchObject({ state: 'refused', reason, says: expect.stringMatching(/\.$/) });
    expect(result?.id === null).toBe(!hasId);
    expect(world.done).toEqual([]);
  });

  test('one whose number is not above the last one’s: replayed', async () => {
    world.commands.take(ears, signed(made(7)));
    await ended(world, 1);
    for (const counter of [7, 6, 1]) world.commands.take(ears, signed(made(counter)));
    await ended(world, 4);
    expect(
      world
        .results()
        .slice(2)
        .map(({ reason }) => reason),
    ).toEqual(['replayed', 'replayed', 'replayed']);
    expect(world.done).toEqual(['run-self-test']);
    expect(world.commands.newest()).toBe(7);
  });

  test('a support bundle where settings forbid it, and older settings than are in force: not allowed', async () => {
    const config = { name: 'set-config' as const, args: { version: 4, config: { supportBundles: false } } };
    world.commands.take(ears, signed(made(1, { order: config })));
    world.commands.take(ears, signed(made(2, { order: { name: 'collect-support-bundle', args: {} } })));
    world.commands.take(
      ears,
      signed(made(3, { order: { ...config, args: { ...config.args, version: 3 } } })),
    );
    await ended(world, 3);
    expect(world.results().map(({ reason }) => reason)).toEqual([undefined, 'not-allowed', 'not-allowed']);
    expect(world.commands.config().version).toBe(4);
  });

  test('what is refused is old afterwards: sent again it gets the same answer, and is not done', async () => {
    const late = made(3, { notAfter: now - 1 });
    world.commands.take(ears, signed(late));
    await ended(world, 1);
    world.commands.take(ears, signed({ ...late, notAfter: now + 60_000 }));
    await ended(world, 2);
    expect(world.results().map(({ reason }) => reason)).toEqual(['expired', 'expired']);
    expect(world.commands.newest()).toBe(3);
  });

  test('a flood of strangers’ words is answered twenty times, then once a minute', async () => {
    let uptimeMs = 0;
    world = open({ uptimeMs: () => uptimeMs });
    for (let n = 0; n < 500; n += 1) world.commands.take(ears, Buffer.from('x'));
    expect(world.results()).toHaveLength(20);
    uptimeMs = 125_000;
    for (let n = 0; n < 500; n += 1) world.commands.take(ears, Buffer.from('x'));
    expect(world.results()).toHaveLength(22);
  });
});

test('without a clock that is kept and without the controller’s word nothing is obeyed, and that is said', async () => {
  world = open({ synchronised: false });
  world.commands.take(ears, signed(made(1)));
  await ended(world, 1);
  expect(world.results()[0]).toMatchObject({
    reason: 'expired',
    says: expect.stringContaining('what time it is'),
  });
});

describe('once', () => {
  test('the same command, again and again: done once, answered each time with what came of it', async () => {
    const command = made(1);
    for (let n = 0; n < 4; n += 1) world.commands.take(ears, signed(command));
    await ended(world, 1);
    world.commands.take(ears, signed(command));
    await ended(world, 2);
    expect(world.done).toEqual(['run-self-test']);
  });

  test('a process that ends between deed and result: the deed is told as cut off, and not begun again', async () => {
    const file = openUplinkFile(join(mkdtempSync(join(tmpdir(), 'commands-')), 'uplink.db'));
    let begun = 0;
    const endless = {
      runSelfTest: () =>
        new Promise<never>(() => {
          begun += 1;
        }),
    };
    const floor = floorInMemory();
    const before = open({ file, floor, deeds: endless });
    const command = made(1);
    before.commands.take(ears, signed(command));
    await until(() => expect(begun).toBe(1));
    // As after a power cut: the same file, another process.
    world = open({ file, floor, deeds: endless });
    expect(world.results().at(-1)).toMatchObject({
      id: command.id,
      state: 'failed',
      says: expect.stringContaining('not done a second time'),
    });
    world.commands.take(ears, signed(command));
    await until(() => expect(world.results().filter(({ state }) => state === 'failed')).toHaveLength(2));
    expect(begun).toBe(1);
  });

  test('a damaged file forgets results, and no number: what was obeyed before is old', async () => {
    const floor = floorInMemory();
    const command = made(9);
    world = open({ floor });
    world.commands.take(ears, signed(command));
    await ended(world, 1);
    world = open({ floor, file: openUplinkFile(inMemory) });
    expect(world.commands.newest()).toBe(9);
    world.commands.take(ears, signed(command));
    await ended(world, 1);
    expect(world.results()[0]).toMatchObject({ reason: 'replayed' });
    expect(world.done).toEqual([]);
  });

  test('on a disk that is full nothing is done that could not be written down; it is when there is room', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const file = openUplinkFile(inMemory);
      world = open({ file });
      file.run('soon', (db) => db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`));
      const filler = world.spool;
      while (
        filler.put(
          { kind: 'event', what: 'filler', detail: 'x'.repeat(300) },
          { boot: 'b', at: 1, mono: 1 },
        ) !== null
      );
      const command = made(1);
      world.commands.take(ears, signed(command));
      await vi.advanceTimersByTimeAsync(100_000);
      expect(world.done).toEqual([]);
      file.run('soon', (db) => db.pragma('max_page_count = 100000'));
      await vi.advanceTimersByTimeAsync(31_000);
      expect(world.done).toEqual(['run-self-test']);
      expect(world.results().at(-1)).toMatchObject({ id: command.id, state: 'succeeded' });
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a deed that fails is told with its reason, and the next command is obeyed', async () => {
  world = open({ deeds: { useModel: () => Promise.reject(new Error('the weights are gone')) } });
  world.commands.take(ears, signed(made(1, { order: { name: 'use-model', args: { model: 'x' } } })));
  world.commands.take(ears, signed(made(2)));
  await ended(world, 2);
  expect(world.results().filter(({ state }) => state !== 'accepted')).toMatchObject([
    { state: 'failed', says: 'the weights are gone' },
    { state: 'succeeded' },
  ]);
});

test('what a rollout orders is handed on with the command’s own id, by which the updater knows it again', async () => {
  const rollout = crypto.randomUUID();
  const taken: unknown[] = [];
  const take =
    (what: string) =>
    async (...told: unknown[]) => {
      taken.push([what, ...told]);
      return { state: 'succeeded' as const, says: 'Taken.' };
    };
  world = open({
    deeds: { install: take('install'), cancelInstall: take('cancel'), rollBack: take('back') },
  });
  const order = { rollout, release: 'models/qwen3-8b/2', now: false, again: false, limits: {} };
  const commands = [
    made(1, { order: { name: 'install', args: { order } } }),
    made(2, { order: { name: 'cancel-install', args: { rollout } } }),
    made(3, { order: { name: 'roll-back', args: { rollout: null, kind: 'model' } } }),
  ];
  for (const command of commands) world.commands.take(ears, signed(command));
  await ended(world, 3);
  const [first, second, third] = commands.map(({ id }) => id);
  expect(taken).toEqual([
    ['install', first, order],
    ['cancel', second, rollout],
    ['back', third, 'model', null],
  ]);
});

test('a long answer is cut to what a result may hold', async () => {
  const lines = Array.from({ length: 80 }, () => 'x'.repeat(300));
  world = open({
    deeds: { runSelfTest: async () => ({ state: 'succeeded', says: 'y'.repeat(900), found: lines }) },
  });
  world.commands.take(ears, signed(made(1)));
  await ended(world, 1);
  const result = world.results().at(-1);
  expect([result?.says?.length, result?.found?.length, result?.found?.[0]?.length]).toEqual([400, 50, 200]);
});

describe('killed', () => {
  const seed = Buffer.alloc(32, 5);
  const killer = openIdentity(seed);

  /** A process that is given one command, and is killed at a moment. @returns how often the deed was begun, and the file */
  async function killed(folder: string, moment: string, command: Command): Promise<void> {
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'killed.fixture.ts'),
        folder,
        moment,
        Buffer.from(signed(command, killer)).toString('base64'),
        killer.publicKey,
      ],
      { stdio: 'inherit' },
    );
    await new Promise((resolve) => child.on('close', resolve));
  }

  test.each(['before-begin', 'in-deed', 'after-deed', 'after-result'])(
    'at the moment %s: a restart is done at most once, and its result is told by the next process',
    async (moment) => {
      const folder = mkdtempSync(join(tmpdir(), 'killed-'));
      const command = made(1, { order: { name: 'reboot', args: {} }, notAfter: Date.now() + 600_000 });
      await killed(folder, moment, command);
      // The controller doesn't know, and sends it again to the next process.
      await killed(folder, 'never', command);
      const marks = existsSync(join(folder, 'deeds'))
        ? readFileSync(join(folder, 'deeds'), 'utf8').length
        : 0;
      expect(marks).toBe(1);
      const results = openSpool(openUplinkFile(join(folder, 'uplink.db')))
        .head(100)
        .flatMap(({ body }) =>
          body.kind === 'result' && body.result.state !== 'accepted' ? [body.result] : [],
        );
      expect(results.length).toBeGreaterThan(0);
      expect(results).toEqual(
        results.map(() => expect.objectContaining({ id: command.id, state: 'succeeded' })),
      );
    },
  );
});
