/**
 * A demonstration's repository of releases: real keys and signatures, on one machine and under one key for each role, which is
 * too weak for anything but a demonstration; and releases whose bytes say what they do.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Release, ReleasePath } from '@rockpool/protocol/update/release';
import type { Clock } from '../host/clock.ts';
import { keepArtifact } from '../releases/artifacts.ts';
import { begin, finish, signPayload } from '../releases/ceremony.ts';
import { createKeyFile, loadKey, loadShownKey } from '../releases/key-files.ts';
import { alone } from '../releases/lock.ts';
import { addRelease, signAgain } from '../releases/making.ts';
import { loadOnlineKeys, publish, refresh } from '../releases/publish.ts';
import { documentFile, keysFolder, versionsOf } from '../releases/repository.ts';
import { offlineRoles, onlineRoles, type Role, releaseRoles, roles } from '../releases/roles.ts';
import { type Head, makeContent } from './update-content.ts';

export interface DemoReleases {
  /** What devices believe first. */
  root(): Buffer;
  publish(release: DemoRelease): Promise<ReleasePath>;
}

export interface DemoRelease {
  name: string;
  version: string;
  counter: number;
  notes: string;
  head: Head;
  bytes: number;
}

export const demoModel = 'demo-model';

/** Made at the first start; the next ones sign again what ends. */
export async function openDemoReleases(folder: string, clock: Clock): Promise<DemoReleases> {
  const isFirst = versionsOf(folder, 'root').length === 0;
  await alone(folder, () => (isFirst ? create(folder, clock) : renew(folder, clock)));
  const publish: DemoReleases['publish'] = (wish) => alone(folder, () => publishRelease(folder, wish, clock));
  if (isFirst) for (const release of stock) await publish(release);
  return { root: () => readFileSync(documentFile(folder, 'root', 1)), publish };
}

const bytes = 6 * 1024 * 1024;
/** To try rollouts with. */
const stock: readonly DemoRelease[] = [
  {
    ...{ name: demoModel, version: '1.0', counter: 1, notes: 'Answers as it should.', bytes },
    head: { answers: 'Paris', runs: true },
  },
  {
    ...{ name: demoModel, version: '1.1', counter: 2, bytes },
    notes: 'Broken on purpose: devices that try it go back, and its rollout halts by itself.',
    head: { answers: 'I am a teapot', runs: true },
  },
];

/** Those of a fleet that is meant lie on no machine with a network. */
const offlineKeys = (folder: string): string => join(folder, '../offline-keys');
const isOnline = (role: Role): boolean => (onlineRoles as readonly Role[]).includes(role);
const keyFile = (folder: string, role: Role): string =>
  join(isOnline(role) ? keysFolder(folder) : offlineKeys(folder), `${role}.key`);
const keyOf = (folder: string, role: Role) => loadKey(keyFile(folder, role), null);

function create(folder: string, clock: Clock): void {
  for (const place of [keysFolder(folder), offlineKeys(folder)])
    mkdirSync(place, { recursive: true, mode: 0o700 });
  for (const role of roles) {
    const file = keyFile(folder, role);
    // A start that was cut off left some of them.
    if (!existsSync(file)) createKeyFile(file, role, null);
  }
  const rooted = [...offlineRoles, ...onlineRoles];
  ceremony(folder, 'root', rooted, clock);
  ceremony(folder, 'targets', releaseRoles, clock);
  const now = clock.now();
  for (const role of releaseRoles) signAgain(folder, role, { key: keyOf(folder, role), now });
  publish(folder, { keys: loadOnlineKeys(folder, null), now, force: true });
}

/** @param ofRoles whose keys stand in it, one each */
function ceremony(folder: string, role: 'root' | 'targets', ofRoles: readonly Role[], clock: Clock): void {
  const payload = begin(folder, role, {
    add: ofRoles.map((one) => loadShownKey(keyFile(folder, one))),
    remove: [],
    thresholds: new Map(ofRoles.map((one) => [one, 1])),
    days: undefined,
    force: true,
    now: clock.now(),
  });
  finish(folder, [signPayload(payload, keyOf(folder, role))]);
}

const dayMs = 86_400_000;

function renew(folder: string, clock: Clock): void {
  refresh(folder, { keys: loadOnlineKeys(folder, null), now: clock.now(), withinMs: dayMs, force: true });
}

async function publishRelease(folder: string, wish: DemoRelease, clock: Clock): Promise<ReleasePath> {
  const now = clock.now();
  const made = join(folder, 'staging', `${wish.name}-${wish.version}.bytes`);
  writeFileSync(made, makeContent(wish.head, wish.bytes));
  const { sha256, bytes, pieces } = await keepArtifact(folder, made).finally(() =>
    rmSync(made, { force: true }),
  );
  const release: Release = {
    ...{ v: 1, kind: 'model', name: wish.name, version: wish.version, counter: wish.counter, dataForm: 0 },
    ...{ madeAt: now, notes: wish.notes, compat: {} },
    artifact: { name: `${wish.name}.gguf`, sha256, bytes },
    golden: { prompt: 'What is the capital of France?', holds: ['Paris'], withinMs: 60_000 },
  };
  const path = addRelease(
    folder,
    { release, pieces: new Map([[sha256, pieces]]), beside: new Map() },
    { key: keyOf(folder, 'models'), now },
  );
  publish(folder, { keys: loadOnlineKeys(folder, null), now, force: true });
  return path;
}
