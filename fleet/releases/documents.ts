/** What the signed documents of the repository hold: TUF 1.0, less everything that we don't use and nobody should. */
import { createHash } from 'node:crypto';
import { Refusal } from '@rockpool/protocol/refusal';
import { Sha256 } from '@rockpool/protocol/update/release';
import { canonicalBytes } from '@rockpool/signing/canonical';
import { z } from 'zod';
import { problemsOfRawHashes } from './hashes.ts';
import { patternOf, type ReleaseRole, type Role, releaseRoles } from './roles.ts';

/** TUF's own word for a key; its id is the hash of this. */
export const PublicKey = z.strictObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.strictObject({ public: z.string().regex(/^[0-9a-f]{64}$/) }),
});
export type PublicKey = z.infer<typeof PublicKey>;

export const publicKeyOf = (hex: string): PublicKey => ({
  keytype: 'ed25519',
  scheme: 'ed25519',
  keyval: { public: hex },
});
export const keyIdOf = (key: PublicKey): string =>
  createHash('sha256').update(canonicalBytes(key)).digest('hex');

const Keys = z.record(Sha256, PublicKey);
const Threshold = { keyids: z.array(Sha256), threshold: z.int() };
const Expires = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const common = {
  spec_version: z.literal('1.0.31'),
  version: z.int().positive(),
  expires: Expires,
};
const RootedThreshold = z.strictObject(Threshold);

export const RootBody = z.strictObject({
  _type: z.literal('root'),
  ...common,
  consistent_snapshot: z.literal(true),
  keys: Keys,
  roles: z.strictObject({
    root: RootedThreshold,
    targets: RootedThreshold,
    snapshot: RootedThreshold,
    timestamp: RootedThreshold,
  }),
});
export type RootBody = z.infer<typeof RootBody>;

/** SHA-256 and nothing besides: no empty list of hashes, none that could be forged. */
export const Hashes = z.strictObject({ sha256: Sha256 });
const Target = z.strictObject({ length: z.int().nonnegative(), hashes: Hashes });
export type Target = z.infer<typeof Target>;

export const Delegation = z.strictObject({
  name: z.enum(releaseRoles),
  ...Threshold,
  terminating: z.literal(true),
  paths: z.array(z.string()),
});
export type Delegation = z.infer<typeof Delegation>;

export const TargetsBody = z.strictObject({
  _type: z.literal('targets'),
  ...common,
  targets: z.record(z.string(), Target),
  delegations: z.strictObject({ keys: Keys, roles: z.array(Delegation) }).optional(),
});
export type TargetsBody = z.infer<typeof TargetsBody>;

const Meta = z.strictObject({ version: z.int().positive(), length: z.int().positive(), hashes: Hashes });
export const SnapshotBody = z.strictObject({
  _type: z.literal('snapshot'),
  ...common,
  meta: z.record(z.string(), Meta),
});
export type SnapshotBody = z.infer<typeof SnapshotBody>;

export const TimestampBody = z.strictObject({
  _type: z.literal('timestamp'),
  ...common,
  meta: z.strictObject({ 'snapshot.json': Meta }),
  /** By it a device without a clock knows that it can't be earlier than this; clients that don't know it pass over it. */
  'x-rockpool-signed-at': Expires,
});
export type TimestampBody = z.infer<typeof TimestampBody>;

export type Body = RootBody | TargetsBody | SnapshotBody | TimestampBody;

const signatures = z
  .array(z.strictObject({ keyid: Sha256, sig: z.string().regex(/^[0-9a-f]{128}$/) }))
  .refine((all) => new Set(all.map(({ keyid }) => keyid)).size === all.length, {
    error: 'a key signs once',
  });
export interface Signed<B extends Body = Body> {
  signed: B;
  signatures: { keyid: string; sig: string }[];
}

const forms = {
  root: z.strictObject({ signed: RootBody, signatures }),
  targets: z.strictObject({ signed: TargetsBody, signatures }),
  snapshot: z.strictObject({ signed: SnapshotBody, signatures }),
  timestamp: z.strictObject({ signed: TimestampBody, signatures }),
};
export interface BodyOf extends Record<ReleaseRole, TargetsBody> {
  root: RootBody;
  targets: TargetsBody;
  snapshot: SnapshotBody;
  timestamp: TimestampBody;
}

/** @throws Refusal when it is not a document of this role as we write it */
export function parseDocument<R extends Role>(role: R, bytes: Uint8Array, where: string): Signed<BodyOf[R]> {
  const form = forms[(releaseRoles as readonly string[]).includes(role) ? 'targets' : (role as 'targets')];
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new Refusal('failed', `${where} is damaged; put it back from a copy.`, { cause });
  }
  const weak = problemsOfRawHashes(value);
  if (weak[0]) throw new Refusal('failed', `${where}: ${weak[0]}`);
  const parsed = form.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Refusal(
      'failed',
      `${where} is no ${role} of this repository: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`,
    );
  }
  return parsed.data as unknown as Signed<BodyOf[R]>;
}

/** TUF knows whole seconds. */
export const expiresAt = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
export const endOf = ({ expires }: { expires: string }): number => Date.parse(expires);

export const emptyTargets = (version: number, expires: string): TargetsBody => ({
  _type: 'targets',
  spec_version: '1.0.31',
  version,
  expires,
  targets: {},
});

export const delegationOf = (name: ReleaseRole, keyids: string[], threshold: number): Delegation => ({
  ...{ name, keyids, threshold, terminating: true },
  paths: [patternOf(name)],
});

/** The keys and threshold that a document is to be signed with, by the document above it. */
export function demandOf(
  role: Role,
  above: { root: RootBody; targets: TargetsBody | undefined },
): { keys: Record<string, PublicKey>; keyids: readonly string[]; threshold: number } | undefined {
  if (role in above.root.roles) {
    const { keyids, threshold } = above.root.roles[role as keyof RootBody['roles']];
    return { keys: above.root.keys, keyids, threshold };
  }
  const delegations = above.targets?.delegations;
  const found = delegations?.roles.find(({ name }) => name === role);
  return delegations && found && { keys: delegations.keys, keyids: found.keyids, threshold: found.threshold };
}
