/** The agent's half: what it hands on is what the updater reads, and what the updater says is told once, in order. */
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UpdateStatus } from '@rockpool/protocol/update/status';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNodeDisk } from './disk/node-disk.ts';
import { openUpdates, type Updates } from './here.ts';
import { openOrders } from './machine/orders.ts';
import { openOutbox } from './machine/outbox.ts';
import { questionFile } from './offers.ts';
import { readSettings } from './settings.ts';
import { sourcesOf } from './sources.ts';

const disk = createNodeDisk();
let folder: string;
let updates: Updates;
let errors: unknown[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-updates-'));
  errors = [];
  mkdirSync(join(folder, 'machine'));
  updates = await openUpdates({
    ...{ folder, deviceFolder: join(folder, 'device'), socket: join(folder, 'sock'), appliance: true },
    ...{ clock: { now: () => 1_800_000_000_000 }, report: (error) => void errors.push(error) },
  });
});
afterEach(async () => {
  await updates.close();
  rmSync(folder, { recursive: true });
});

const order = {
  rollout: randomUUID(),
  release: 'models/qwen3-8b/2',
  now: false,
  again: false,
  limits: {},
} as const;
const word = (change: Partial<UpdateStatus> = {}): UpdateStatus => ({
  ...{
    txn: randomUUID(),
    rollout: null,
    release: order.release,
    kind: 'model',
    from: null,
    phase: 'fetching',
  },
  ...{ at: 1, ...change },
});

test('what is ordered is what the updater finds; the same twice is one', async () => {
  const [one, other, third] = [randomUUID(), randomUUID(), randomUUID()];
  updates.install(one, order);
  updates.install(one, order);
  updates.cancel(other, order.rollout);
  updates.rollBack(third, 'model', null);
  const orders = await openOrders(disk, folder, (name) => void errors.push(name));
  expect((await orders.look()).map(({ id, what }) => [id, what]).sort()).toEqual(
    [
      [one, 'install'],
      [other, 'cancel'],
      [third, 'roll-back'],
    ].sort(),
  );
  expect(errors).toEqual([]);
});

test('words are told once, in order, and how far it is is known from the last of them', async () => {
  expect(updates.phase()).toBe('idle');
  const outbox = await openOutbox(disk, folder);
  for (const phase of ['accepted', 'fetching', 'trial'] as const) await outbox.put(word({ phase }));
  const told: string[] = [];
  const take = () => updates.take(({ phase, outcome }) => void told.push(outcome ?? phase));
  await take();
  await take();
  expect([told, updates.phase()]).toEqual([['accepted', 'fetching', 'trial'], 'trial']);
  await outbox.put(word({ phase: 'failed-safe', outcome: 'failed-safe', reason: 'slot-failed' }));
  await take();
  expect([told.at(-1), updates.phase(), readdirSync(join(folder, 'outbox'))]).toEqual([
    'failed-safe',
    'failed-safe',
    [],
  ]);
});

test('a word that nobody understands is reported, and hides none that is understood', async () => {
  const outbox = await openOutbox(disk, folder);
  await outbox.put(word());
  const [name = ''] = readdirSync(join(folder, 'outbox'));
  writeFileSync(join(folder, 'outbox', name), '{"torn":');
  await outbox.put(word({ phase: 'trial' }));
  const told: string[] = [];
  await updates.take(({ phase }) => void told.push(phase));
  expect([told, errors.length, readdirSync(join(folder, 'outbox'))]).toEqual([['trial'], 1, []]);
});

test('a word that can’t be told stays for the next time', async () => {
  const outbox = await openOutbox(disk, folder);
  await outbox.put(word());
  await expect(
    updates.take(() => {
      throw new Error('the spool is full');
    }),
  ).rejects.toThrow('full');
  expect(readdirSync(join(folder, 'outbox'))).toHaveLength(1);
});

test('a question is answered by the file that names it, and by no older one', async () => {
  const answer = (id: string) => ({
    v: 1,
    id,
    offers: [],
    refused: { reason: 'mirrors', says: 'Nobody answers.' },
  });
  writeFileSync(join(folder, 'offers.json'), JSON.stringify(answer(randomUUID())));
  const asked = updates.check(AbortSignal.timeout(10_000));
  const refused = expect(asked).rejects.toThrow('Nobody answers.');
  while (!existsSync(questionFile(folder))) await new Promise((done) => setTimeout(done, 5));
  writeFileSync(
    join(folder, 'offers.json'),
    JSON.stringify(answer(readFileSync(questionFile(folder), 'utf8'))),
  );
  await refused;
});

test('nothing is taken before somebody said whose releases to trust', () => {
  expect(updates.objection()).toMatch(/trusts nobody/);
  mkdirSync(join(folder, 'device'));
  writeFileSync(join(folder, 'device/update-root.json'), '{}');
  expect(updates.objection()).toBeNull();
});

test('settings are laid down for the updater', () => {
  updates.declare({ serve: true, rateKiBps: 100 });
  expect(readSettings(folder)).toEqual({ serve: true, rateKiBps: 100 });
});

test('with a stick nobody else is asked; else the controller, and whoever is in the building first', () => {
  const mirrors = [
    'https://leeds-2.local',
    'https://192.168.7.9',
    'https://cdn.example.com/x',
    'https://[fd00::1]',
  ];
  const controller = 'https://fleet.example.com:8443';
  expect(sourcesOf({ bundle: '/media/usb', controller, mirrors })).toEqual({
    words: ['/media/usb'],
    mirrors: [{ url: 'file:///media/usb/', near: true }],
  });
  expect(sourcesOf({ controller, mirrors }).mirrors).toEqual([
    { url: 'https://fleet.example.com:8443/releases', near: false },
    ...mirrors.map((url, n) => ({ url, near: n !== 2 })),
  ]);
});
