/** A repository as a careful operator makes it: three people hold root and targets, every key in a file of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { begin, type Change, finish, signPayload } from './ceremony.ts';
import { make, type Wish } from './inputs.ts';
import { createKeyFile, type HeldKey, loadKey } from './key-files.ts';
import { addRelease, signAgain } from './making.ts';
import { publish, type Versions } from './publish.ts';
import { isRooted, type Role, releaseRoles } from './roles.ts';

export interface Office {
  folder: string;
  /** Files of the operator. */
  desk: string;
  now: number;
  /** By `root-1`, `models-1` … */
  keys: Map<string, HeldKey>;
  key(name: string): HeldKey;
  newKey(role: Role, name: string): HeldKey;
  /** The next root or targets, signed by these. */
  hold(role: 'root' | 'targets', change: Partial<Change>, signers: readonly string[]): void;
  /** Of snapshot and timestamp. */
  online(): HeldKey[];
  publish(): Versions;
  file(name: string, bytes: Uint8Array | string): string;
  release(wish: Partial<Wish>): Promise<string>;
  close(): void;
}

export const dayMs = 86_400_000;

/** Time stands at what the machine's clock says, since tuf-js reads that. */
export function openOffice(): Office {
  const place = mkdtempSync(join(tmpdir(), 'rockpool-releases-'));
  const [folder, desk] = [join(place, 'repository'), join(place, 'desk')];
  for (const one of [folder, desk]) mkdirSync(one);
  const keys = new Map<string, HeldKey>();
  const office: Office = {
    ...{ folder, desk, keys, now: Date.now() },
    key: (name) => keys.get(name) ?? raise(`no key ${name}`),
    newKey(role, name) {
      const path = join(desk, `${name}.key`);
      createKeyFile(path, role, null);
      const held = loadKey(path, null);
      keys.set(name, held);
      return held;
    },
    hold(role, change, signers) {
      const none = {
        add: [],
        remove: [],
        thresholds: new Map<Role, number>(),
        days: undefined,
        force: false,
      };
      const payload = begin(folder, role, { ...none, now: office.now, ...change });
      finish(
        folder,
        signers.map((name) => signPayload(payload, office.key(name))),
      );
    },
    publish: () => publish(folder, { keys: office.online(), now: office.now }),
    file(name, bytes) {
      const path = join(desk, name);
      writeFileSync(path, bytes);
      return path;
    },
    async release(wish) {
      const whole: Wish = { ...usual, madeAt: office.now, ...wish };
      const role = {
        model: 'models',
        adapter: 'models',
        agent: 'agent',
        patch: 'patches',
        system: 'patches',
      }[whole.kind];
      return addRelease(folder, await make(folder, whole), { key: office.key(`${role}-1`), now: office.now });
    },
    online: () => [...keys.values()].filter(({ role }) => role === 'snapshot' || role === 'timestamp'),
    close: () => rmSync(place, { recursive: true, force: true }),
  };
  return office;
}

const usual: Wish = {
  ...{ kind: 'model', name: 'qwen3-8b', version: '1', counter: 1, dataForm: 0, madeAt: 1, notes: '' },
  ...{ compat: {}, golden: { prompt: 'Say yes.', holds: ['yes'], withinMs: 60_000 }, base: undefined },
  ...{ files: [], boot: undefined, deltasFrom: 3, level: 3, link: false, beside: {} },
};

/** Published, with no release yet. */
export function openFoundedOffice(): Office {
  const office = openOffice();
  for (const role of ['root', 'targets'] as const)
    for (const person of [1, 2, 3]) office.newKey(role, `${role}-${person}`);
  for (const role of ['snapshot', 'timestamp', ...releaseRoles] as const) office.newKey(role, `${role}-1`);
  const all = [...office.keys.values()];
  office.hold('root', { add: all.filter(({ role }) => isRooted(role)) }, ['root-1', 'root-3']);
  office.hold('targets', { add: all.filter(({ role }) => !isRooted(role)) }, ['targets-2', 'targets-1']);
  for (const role of releaseRoles)
    signAgain(office.folder, role, { key: office.key(`${role}-1`), now: office.now });
  office.publish();
  return office;
}

function raise(says: string): never {
  throw new Error(says);
}
