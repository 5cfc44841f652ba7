/** What channels and upstreams sign in with: kept sealed in one file of the home, opened when it is used. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import { type Clock, systemClock } from '../host/clock.ts';
import { writeFileAtomically } from '../host/files.ts';
import { credentialKeys, fileKeys, type Keys } from './keys.ts';
import { keyIdOf, Sealed, seal, unseal } from './seal.ts';

/** `channel/telegram`, `upstream/openai`: who uses it, and which of theirs. */
export const SecretName = z
  .string()
  .max(64)
  .regex(
    /^[a-z][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)*$/,
    'Name a secret in small letters, digits and dashes, with slashes between its parts.',
  );
export const SecretValue = z
  .string()
  .min(1, 'A secret can not be empty.')
  .max(16_384, 'Use at most 16,384 characters for a secret.');

export interface Secrets {
  names(): { name: string; savedAt: number; readable: boolean }[];
  /** @throws Refusal `not-found`, or `gone` when it was sealed under a key that is no more */
  get(name: string): string;
  set(name: string, value: string): void;
  /** @throws Refusal `not-found` */
  remove(name: string): void;
  /** Seals everything under a new key. @throws Refusal where that is not the agent's to do */
  rotate(): void;
}

const File = z.strictObject({
  format: z.literal('rockpool-secrets'),
  version: z.literal(1),
  secrets: z.record(SecretName, Sealed),
  /** Of names that were removed: their next version, so that an old value never comes back under an old number. */
  removed: z.record(SecretName, z.int()).default({}),
});
type File = z.infer<typeof File>;

export const secretsFile = 'secrets.json';

/**
 * What was sealed under a former key is sealed anew. Power may be cut anywhere: both keys are there until it is done.
 * @param credentials of an appliance, where systemd lays them; left out, the key is a file that no backup copies
 */
export function openSecrets({
  home,
  credentials,
  clock = systemClock,
}: {
  home: string;
  credentials?: string | undefined;
  clock?: Clock;
}): Secrets {
  const keys = credentials === undefined ? fileKeys(home) : credentialKeys(credentials);
  const path = join(home, secretsFile);
  const read = (): File => (existsSync(path) ? File.parse(JSON.parse(readFileSync(path, 'utf8'))) : empty());
  const write = (file: File): void => writeFileAtomically(path, `${JSON.stringify(file, null, 1)}\n`);
  sealAnew(keys, read, write);

  return {
    names: () => {
      const all = keys.all();
      return Object.entries(read().secrets).map(([name, { savedAt, keyId }]) => ({
        ...{ name, savedAt, readable: all.some((key) => keyIdOf(key) === keyId) },
      }));
    },
    get(name) {
      const found = read().secrets[name];
      if (!found) throw absent(name);
      const value = open(keys, name, found);
      if (value !== undefined) return value;
      throw new Refusal(
        'gone',
        `The secret ${name} was sealed under a key that this device no longer has; enter it again.`,
      );
    },
    set(name, value) {
      const file = read();
      const version = (file.secrets[name]?.version ?? file.removed[name] ?? 0) + 1;
      const sealed = seal(
        keys.current(),
        SecretName.parse(name),
        SecretValue.parse(value),
        version,
        clock.now(),
      );
      const { [name]: _, ...removed } = file.removed;
      write({ ...file, secrets: { ...file.secrets, [name]: sealed }, removed });
    },
    remove(name) {
      const file = read();
      const { [name]: found, ...secrets } = file.secrets;
      if (!found) throw absent(name);
      write({ ...file, secrets, removed: { ...file.removed, [name]: found.version } });
    },
    rotate() {
      keys.renew();
      sealAnew(keys, read, write);
    },
  };
}

/** For whoever takes a key away: how many secrets of a home nothing else opens. */
export function countSealedUnder(key: Uint8Array, home: string): number {
  const path = join(home, secretsFile);
  if (!existsSync(path)) return 0;
  const { secrets } = File.parse(JSON.parse(readFileSync(path, 'utf8')));
  return Object.values(secrets).filter(({ keyId }) => keyId === keyIdOf(key)).length;
}

const empty = (): File => ({ format: 'rockpool-secrets', version: 1, secrets: {}, removed: {} });

function open(keys: Keys, name: string, sealed: Sealed): string | undefined {
  const key = keys.all().find((one) => keyIdOf(one) === sealed.keyId);
  return key && unseal(key, name, sealed);
}

function sealAnew(keys: Keys, read: () => File, write: (file: File) => void): void {
  const [newest, ...former] = keys.all();
  if (!newest || former.length === 0) return;
  const file = read();
  const secrets = Object.fromEntries(
    Object.entries(file.secrets).map(([name, sealed]) => {
      const value = sealed.keyId === keyIdOf(newest) ? undefined : open(keys, name, sealed);
      // What neither key opens stays as it is: its name still tells what to enter again.
      return [name, value === undefined ? sealed : seal(newest, name, value, sealed.version, sealed.savedAt)];
    }),
  );
  if (Object.values(secrets).some((sealed, i) => sealed !== Object.values(file.secrets)[i]))
    write({ ...file, secrets });
  keys.settle();
}

const absent = (name: string): Refusal =>
  new Refusal('not-found', `There is no secret ${name}; see 'npx rockpool secret list'.`);
