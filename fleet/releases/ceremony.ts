/** The ceremony: a document is begun here, signed where its keys are, and finished here with the signatures that came back. */
import { createHash } from 'node:crypto';
import { Refusal } from '@rockpool/protocol/refusal';
import { Sha256 } from '@rockpool/protocol/update/release';
import { z } from 'zod';
import {
  type BodyOf,
  type Delegation,
  delegationOf,
  demandOf,
  emptyTargets,
  endOf,
  expiresAt,
  type PublicKey,
  parseDocument,
  publicKeyOf,
  type RootBody,
  type Signed,
  type TargetsBody,
} from './documents.ts';
import {
  demandNone,
  problemsOfExpiry,
  problemsOfRoot,
  problemsOfSharedKeys,
  problemsOfTree,
  short,
  type Threshold,
} from './guards.ts';
import { aboveOf, type Signatures, signaturesOf } from './judge.ts';
import type { HeldKey, ShownKey } from './key-files.ts';
import { type Documents, loadNext, loadPublished, loadStaged, stage } from './repository.ts';
import {
  dayMs,
  isReleaseRole,
  isRooted,
  type Role,
  releaseRoles,
  roles,
  rootedRoles,
  type TargetsRole,
  usualDays,
  usualThreshold,
} from './roles.ts';
import { bytesToSign, signersOf, withSignature } from './tuf.ts';

export interface Change {
  /** Keys that roles get. */
  add: readonly ShownKey[];
  /** Ids of keys, or their beginnings, that nobody shall trust from then on. */
  remove: readonly string[];
  thresholds: ReadonlyMap<Role, number>;
  days: number | undefined;
  /** Takes what is too weak for anything but a trial. */
  force: boolean;
  now: number;
}

/** What is carried to where a key is. */
export const Payload = z.strictObject({
  v: z.literal(1),
  what: z.literal('rockpool-payload'),
  role: z.enum(roles),
  /** As it will stand in the repository; parsed as a document of its role. */
  signed: z.unknown(),
});
export type Payload = z.infer<typeof Payload>;

/** What comes back. */
export const PartialSignature = z.strictObject({
  v: z.literal(1),
  what: z.literal('rockpool-signature'),
  role: z.enum(roles),
  version: z.int().positive(),
  /** Of the bytes that were signed. */
  sha256: Sha256,
  keyid: Sha256,
  sig: z.string().regex(/^[0-9a-f]{128}$/),
});
export type PartialSignature = z.infer<typeof PartialSignature>;

/** Stages the next root, targets or list of releases, with no signature. @throws Refusal */
export function begin(folder: string, role: 'root' | TargetsRole, change: Change): Payload {
  const waiting = loadStaged(folder)[role];
  if (waiting && isReleaseRole(role) && change.days === undefined) return payloadOf(role, waiting.signed);
  const published = loadPublished(folder);
  const next = { ...published, ...loadStaged(folder) };
  const body = role === 'root' ? nextRoot(published, change) : nextTargets(role, published, next, change);
  const documents = { ...next, [role]: { signed: body, signatures: [] } };
  demandNone([
    ...problemsOfExpiry(role, body, aboveOf(role, documents), change.now),
    ...(documents.root ? problemsOfRoot(documents.root.signed, change.force) : []),
    ...problemsOfTree({ targets: documents.targets?.signed }, change.force),
    ...(documents.root ? problemsOfSharedKeys(documents.root.signed, documents.targets?.signed) : []),
  ]);
  stage(folder, role, { signed: body, signatures: [] } as Signed<BodyOf[typeof role]>);
  return payloadOf(role, body);
}

const payloadOf = (role: Role, signed: unknown): Payload => ({
  v: 1,
  what: 'rockpool-payload',
  role,
  signed,
});

function nextRoot({ root }: Documents, change: Change): RootBody {
  const before = root?.signed;
  const held: Record<string, PublicKey> = { ...before?.keys };
  const named = {} as Record<(typeof rootedRoles)[number], { keyids: string[]; threshold: number }>;
  for (const role of rootedRoles) named[role] = changed(role, before?.roles[role], held, change);
  demandUsed(change, held, rootedRoles);
  const used = new Set(rootedRoles.flatMap((role) => named[role].keyids));
  return {
    ...{ _type: 'root', spec_version: '1.0.31', version: (before?.version ?? 0) + 1 },
    ...{
      expires: expiresAt(change.now + (change.days ?? usualDays.root) * dayMs),
      consistent_snapshot: true,
    },
    keys: Object.fromEntries(Object.entries(held).filter(([id]) => used.has(id))),
    roles: named,
  };
}

function nextTargets(role: TargetsRole, published: Documents, next: Documents, change: Change): TargetsBody {
  const before = published[role]?.signed;
  const parents = aboveOf(role, next).map(([, parent]) => endOf(parent));
  if (parents.length === 0)
    throw new Refusal('conflict', 'A root comes first: `rockpool-fleet keys ceremony begin root`.');
  const wanted = change.now + (change.days ?? usualDays[role]) * dayMs;
  // Said by a person, a time that is too long is refused; the usual one just ends sooner.
  const end = change.days === undefined ? Math.min(wanted, ...parents) : wanted;
  const body = {
    ...emptyTargets((before?.version ?? 0) + 1, expiresAt(end)),
    targets: next[role]?.signed.targets ?? {},
  };
  if (role !== 'targets') return body;
  const keys: Record<string, PublicKey> = { ...before?.delegations?.keys };
  const all = releaseRoles.map((name): Delegation => {
    const found = before?.delegations?.roles.find((one) => one.name === name);
    const { keyids, threshold } = changed(name, found, keys, change);
    return delegationOf(name, keyids, threshold);
  });
  demandUsed(change, keys, releaseRoles);
  const delegated = all.filter(({ keyids }) => keyids.length > 0);
  const used = new Set(delegated.flatMap(({ keyids }) => keyids));
  return {
    ...body,
    delegations: {
      keys: Object.fromEntries(Object.entries(keys).filter(([id]) => used.has(id))),
      roles: delegated,
    },
  };
}

/** @param keys gets what is added */
function changed(
  role: Role,
  before: Threshold | undefined,
  keys: Record<string, PublicKey>,
  { add, remove, thresholds }: Change,
): { keyids: string[]; threshold: number } {
  const added = add.filter((key) => key.role === role);
  for (const key of added) keys[key.keyid] = publicKeyOf(key.public);
  const keyids = [
    ...(before?.keyids ?? []).filter((id) => !remove.some((one) => id.startsWith(one))),
    ...added.map(({ keyid }) => keyid),
  ];
  const usual = before?.threshold ?? usualThreshold[role];
  return { keyids, threshold: thresholds.get(role) ?? usual };
}

/** What was asked and has no effect was a mistake. */
function demandUsed(change: Change, keys: Readonly<Record<string, PublicKey>>, here: readonly Role[]): void {
  const foreign = change.add.find(({ role }) => !here.includes(role));
  const where = (role: Role): string => (isRooted(role) ? 'root' : 'targets');
  if (foreign)
    throw new Refusal(
      'bad-request',
      `A key of ${foreign.role} stands in ${where(foreign.role)}: \`keys ceremony begin ${where(foreign.role)}\`.`,
    );
  const unknown = change.remove.find(
    (one) => one.length < 8 || Object.keys(keys).filter((id) => id.startsWith(one)).length !== 1,
  );
  if (unknown !== undefined)
    throw new Refusal(
      'not-found',
      `${unknown} is not the beginning (8 letters at least) of one key that stands here.`,
    );
}

/** What a person should read before signing. */
export function describe({ role, signed }: Payload): string[] {
  const body = parseDocument(
    role,
    Buffer.from(JSON.stringify({ signed, signatures: [] })),
    'This payload',
  ).signed;
  const held = (name: string, { keyids, threshold }: Threshold): string =>
    `${name}: ${threshold} of ${keyids.map(short).join(', ')}`;
  const lines = [`${role} version ${body.version}, until ${body.expires}`];
  if ('roles' in body) return [...lines, ...rootedRoles.map((name) => held(name, body.roles[name]))];
  if (!('targets' in body)) return lines;
  return [
    ...lines,
    ...(body.delegations?.roles ?? []).map((one) => held(one.name, one)),
    ...Object.keys(body.targets).filter((name) => name.endsWith('/release.json')),
  ];
}

/** Needs no repository and no network. @throws Refusal when this key is not for this role */
export function signPayload({ role, signed }: Payload, held: HeldKey): PartialSignature {
  if (held.role !== role)
    throw new Refusal('conflict', `This key was made for ${held.role}; it doesn't sign ${role}.`);
  const { signed: body } = parseDocument(
    role,
    Buffer.from(JSON.stringify({ signed, signatures: [] })),
    'This payload',
  );
  const bytes = bytesToSign(body);
  return {
    ...{ v: 1, what: 'rockpool-signature', role, version: body.version, keyid: held.keyid },
    ...{ sha256: createHash('sha256').update(bytes).digest('hex'), sig: held.key.sign(bytes) },
  };
}

/** Adds what came back to what is staged. @returns how far it is, which may be not far enough */
export function finish(folder: string, partials: readonly PartialSignature[]): Signatures[] {
  const touched = new Set<Role>();
  for (const partial of partials) {
    addSignature(folder, partial);
    touched.add(partial.role);
  }
  const before = loadPublished(folder);
  const next = loadNext(folder);
  return [...touched].flatMap((role) => signaturesOf(role, next, before));
}

function addSignature(folder: string, partial: PartialSignature): void {
  const { role, keyid, sig } = partial;
  const next = loadNext(folder);
  const document = loadStaged(folder)[role] as Signed | undefined;
  if (!document)
    throw new Refusal(
      'conflict',
      `No ${role} waits for signatures; \`keys ceremony begin ${role}\` begins one.`,
    );
  const sha256 = createHash('sha256').update(bytesToSign(document.signed)).digest('hex');
  if (sha256 !== partial.sha256)
    throw new Refusal(
      'conflict',
      `The signature of ${short(keyid)} is for another ${role} than the one that waits; sign the payload of this one.`,
    );
  const signed = withSignature(document, { keyid, sig });
  const holds = demandsOf(folder, role, next).some(
    (demand) =>
      demand.keyids.includes(keyid) && signersOf(signed, { ...demand, keyids: [keyid] }).length === 1,
  );
  if (!holds)
    throw new Refusal(
      'conflict',
      `The signature of ${short(keyid)} is by no key of ${role}, or doesn't hold.`,
    );
  stage(folder, role as 'root', signed as Signed<RootBody>);
}

function demandsOf(folder: string, role: Role, next: Documents): NonNullable<ReturnType<typeof demandOf>>[] {
  const before = loadPublished(folder).root;
  return [...(role === 'root' && before ? [before] : []), ...(next.root ? [next.root] : [])].flatMap(
    (root) => {
      const demand = demandOf(role, { root: root.signed, targets: next.targets?.signed });
      return demand ? [demand] : [];
    },
  );
}
