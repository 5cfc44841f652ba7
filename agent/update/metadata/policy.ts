/**
 * What we ask of a repository beyond what TUF does: read after tuf-js has verified it, and before any of it is kept.
 *
 * tuf-js takes one key under two ids for two, targets without a hash, and names that mean something to a language or to a
 * file system; and any delegation that its delegator signed.
 */
import { createHash, createPublicKey } from 'node:crypto';
import { ReleasePath } from '@rockpool/protocol/update/release';
import { demandPublicKey, SignatureError } from '@rockpool/signing/identity';
import { z } from 'zod';
import { UpdateError } from '../parts.ts';
import type { Files } from './task.ts';

export const roleNames = ['models', 'agent', 'patches'] as const;
export type RoleName = (typeof roleNames)[number];

/** Who may sign for a role, by what the keys are, not by what they are called. */
export interface Signers {
  threshold: number;
  /** Key id to a hash of the key itself. */
  keys: ReadonlyMap<string, string>;
}

export interface Target {
  bytes: number;
  sha256: string;
}

export interface Repository {
  root: { version: number; expires: number; timestamp: Signers; snapshot: Signers };
  /** `signedAt`: no later than it was signed, by its own word. */
  timestamp: { version: number; expires: number; signedAt: number };
  snapshot: { version: number; expires: number };
  targets: { expires: number };
  /** By the snapshot: of `targets` and of each role. */
  versions: Readonly<Record<string, number>>;
  roles: Readonly<Partial<Record<RoleName, { expires: number; targets: ReadonlyMap<string, Target> }>>>;
}

/** No timestamp is valid for longer, a stick's included: what expires then was signed at most so long before. */
const longestValidityMs = 366 * 86_400_000;
const nameLimitBytes = 200;

const Version = z.int().min(1);
const Time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/)
  .transform((text) => Date.parse(text))
  .refine(Number.isFinite, { error: 'no such time' });
const Hashes = z
  .record(z.string(), z.string())
  .refine(({ sha256 }) => sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256), {
    error: 'there is no SHA-256 among the hashes',
  });
const Role = z.looseObject({ keyids: z.array(z.string()), threshold: z.int() });
type Role = z.infer<typeof Role>;
const Key = z.looseObject({
  keytype: z.string(),
  scheme: z.string(),
  keyval: z.looseObject({ public: z.string() }),
});
type Key = z.infer<typeof Key>;
const Keys = z.record(z.string(), Key);
const Meta = z.looseObject({
  version: Version,
  length: z.int().positive().optional(),
  hashes: Hashes.optional(),
});
const signed = <T extends z.ZodRawShape>(type: string, shape: T) =>
  z.looseObject({
    signed: z.looseObject({ _type: z.literal(type), version: Version, expires: Time, ...shape }),
  });

const Root = signed('root', {
  consistent_snapshot: z.literal(true),
  keys: Keys,
  roles: z.strictObject({ root: Role, timestamp: Role, snapshot: Role, targets: Role }),
});
const AnyRoot = signed('root', { keys: Keys, roles: z.looseObject({ root: Role }) });
const Timestamp = signed('timestamp', {
  meta: z.strictObject({ 'snapshot.json': Meta }),
  'x-rockpool-signed-at': Time.optional(),
});
const metaNames = ['targets.json', ...roleNames.map((name) => `${name}.json`)];
const Snapshot = signed('snapshot', { meta: z.partialRecord(z.enum(metaNames), Meta) });
const Delegations = z.looseObject({
  keys: Keys,
  roles: z.array(
    Role.extend({ name: z.enum(roleNames), terminating: z.boolean(), paths: z.array(z.string()) }),
  ),
  /** Hash bins would delegate without names. */
  succinct_roles: z.undefined().optional(),
});
const Targets = signed('targets', {
  targets: z.strictObject({}),
  delegations: Delegations.default({ keys: {}, roles: [] }),
});
const RoleTargets = signed('targets', {
  targets: z.record(z.string(), z.looseObject({ length: z.int().nonnegative(), hashes: Hashes })),
  delegations: z.undefined().optional(),
});

/**
 * @param roles whose targets tuf-js has verified
 * @throws UpdateError `metadata`
 */
export function readRepository(files: Files, roles: readonly RoleName[]): Repository {
  const root = read(Root, 'root.json', files).signed;
  const timestamp = read(Timestamp, 'timestamp.json', files).signed;
  const snapshot = read(Snapshot, 'snapshot.json', files).signed;
  const targets = read(Targets, 'targets.json', files).signed;
  demandDelegations(targets.delegations);
  const signers = (name: 'root' | 'timestamp' | 'snapshot' | 'targets'): Signers =>
    signersOf(root.roles[name], root.keys, name);
  for (const name of ['root', 'targets'] as const) signers(name);
  const signedAt = timestamp['x-rockpool-signed-at'] ?? timestamp.expires - longestValidityMs;
  if (signedAt >= timestamp.expires) throw refused('timestamp.json was signed after it expires');
  return {
    root: {
      ...{ version: root.version, expires: root.expires },
      ...{ timestamp: signers('timestamp'), snapshot: signers('snapshot') },
    },
    timestamp: { version: timestamp.version, expires: timestamp.expires, signedAt },
    snapshot: { version: snapshot.version, expires: snapshot.expires },
    targets: { expires: targets.expires },
    versions: Object.fromEntries(
      Object.entries(snapshot.meta).map(([name, meta]) => [name.replace(/\.json$/, ''), meta?.version ?? 0]),
    ),
    roles: Object.fromEntries(roles.map((name) => [name, readRole(name, files)])),
  };
}

function readRole(role: RoleName, files: Files): { expires: number; targets: Map<string, Target> } {
  const { expires, targets } = read(RoleTargets, `${role}.json`, files).signed;
  const entries = Object.entries(targets).map(([name, { length, hashes }]): [string, Target] => {
    demandName(name, role);
    return [name, { bytes: length, sha256: hashes['sha256'] ?? '' }];
  });
  return { expires, targets: new Map(entries) };
}

/**
 * A root that only leads to the next one: nothing but the next root was verified by it, so only the keys for that are looked
 * at. Were all of it, one mistake in it would end updates for good, for nothing leads around it.
 * @throws UpdateError `metadata`
 */
export function demandRootOnTheWay(text: string): void {
  const { roles, keys, version } = read(AnyRoot, 'root.json', { 'root.json': text }).signed;
  signersOf(roles.root, keys, `root ${version}`);
}

/** @throws UpdateError `metadata` when it isn't one */
export const rootVersion = (text: string): number =>
  read(AnyRoot, 'root.json', { 'root.json': text }).signed.version;

/** A path of one role is one that no other may sign, and a role delegates to nobody. */
function demandDelegations({ roles, keys }: z.infer<typeof Delegations>): void {
  const names = new Set(roles.map(({ name }) => name));
  if (names.size !== roles.length) throw refused('targets.json delegates a role twice');
  for (const role of roles) {
    signersOf(role, keys, role.name);
    const [path, ...more] = role.paths;
    if (path !== `${role.name}/*/*/*` || more.length > 0)
      throw refused(`the role ${role.name} is delegated ${role.paths.join(', ')}, not ${role.name}/*/*/*`);
  }
}

function demandName(name: string, role: RoleName): void {
  const place = name.slice(0, name.lastIndexOf('/'));
  const file = name.slice(place.length + 1);
  const isGood =
    Buffer.byteLength(name) <= nameLimitBytes &&
    /^[A-Za-z0-9](?:[A-Za-z0-9._+-]*[A-Za-z0-9])?$/.test(file) &&
    !file.includes('..') &&
    ReleasePath.safeParse(place).success &&
    place.startsWith(`${role}/`);
  if (!isGood)
    throw refused(`the role ${role} names a target ${JSON.stringify(name.slice(0, nameLimitBytes))}`);
}

/** A threshold of two means two keys, whatever they are called. */
function signersOf({ keyids, threshold }: Role, keys: Record<string, Key>, role: string): Signers {
  const own = keyids.map((id): [string, string] => {
    const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
    if (!key) throw refused(`the role ${role} has a key that isn't there`);
    return [id, hashOf(key, role)];
  });
  const different = new Set(own.map(([, hash]) => hash));
  if (different.size !== keyids.length) throw refused(`the role ${role} has one key under two names`);
  if (threshold < 1 || threshold > different.size)
    throw refused(`the role ${role} asks for ${threshold} signatures of ${different.size} keys`);
  return { threshold, keys: new Map(own) };
}

function hashOf({ keytype, scheme, keyval }: Key, role: string): string {
  try {
    return createHash('sha256')
      .update(bytesOf(keytype, scheme, keyval.public))
      .digest('hex');
  } catch (cause) {
    const says = cause instanceof SignatureError ? cause.message : 'it is no Ed25519 and no P-256 key';
    throw refused(`the role ${role} has a key that can't be trusted: ${says}`, { cause });
  }
}

function bytesOf(type: string, scheme: string, text: string): Buffer {
  if (type === 'ed25519' && scheme === 'ed25519') {
    if (!/^[0-9a-f]{64}$/.test(text)) throw new SignatureError('it has a second spelling');
    const bytes = Buffer.from(text, 'hex');
    demandPublicKey(bytes.toString('base64'));
    return bytes;
  }
  const key = createPublicKey(text);
  const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1' && scheme === 'ecdsa-sha2-nistp256';
  if (!isP256) throw new SignatureError(`${type} with ${scheme} is not taken`);
  return key.export({ type: 'spki', format: 'der' });
}

function read<T extends z.ZodType>(schema: T, name: string, files: Files): z.infer<T> {
  const text = files[name];
  if (text === undefined) throw refused(`there is no ${name}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refused(`${name} is no JSON`, { cause });
  }
  demandPlainNames(value, name);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(`${name} says ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'something else'}`);
}

const languages = new Set(['__proto__', 'constructor', 'prototype']);

/** Before a schema sees it: one that copies keys may drop such a name, and another program may not. */
function demandPlainNames(value: unknown, file: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (languages.has(name)) throw refused(`${file} has something named ${name}`);
    demandPlainNames(inner, file);
  }
}

const refused = (says: string, options?: ErrorOptions): UpdateError =>
  new UpdateError('metadata', `The repository is not taken: ${says}.`, options);
