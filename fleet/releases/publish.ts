/** Publishing: what is staged gets its name, and snapshot and timestamp say so; last of all, so that no client sees a half. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import {
  type Body,
  endOf,
  expiresAt,
  type Signed,
  type SnapshotBody,
  type TimestampBody,
} from './documents.ts';
import { demandNone, problemsOfExpiry, problemsOfSize } from './guards.ts';
import { aboveOf, isMet, problemsOfNext, signaturesOf } from './judge.ts';
import { type HeldKey, loadKey } from './key-files.ts';
import { placeBytes } from './place.ts';
import {
  type Documents,
  demandRepository,
  documentFile,
  keysFolder,
  loadGiven,
  loadPublished,
  loadStaged,
  unstage,
} from './repository.ts';
import { dayMs, type OnlineRole, type Role, targetsRoles, usualDays } from './roles.ts';
import { fileOf, signWith } from './tuf.ts';

export interface PublishOptions {
  /** Of snapshot and timestamp; more than one while a key is being replaced. */
  keys: readonly HeldKey[];
  now: number;
  force?: boolean;
}

/** Versions that are in force now, by role. */
export type Versions = { [R in Role]?: number };

/** Where the controller keeps what it signs with by itself. */
export const onlineKeyFiles = (folder: string): string[] =>
  existsSync(keysFolder(folder))
    ? readdirSync(keysFolder(folder))
        .filter((name) => name.endsWith('.key'))
        .sort()
        .map((name) => join(keysFolder(folder), name))
    : [];

export const loadOnlineKeys = (folder: string, passphrase: string | null): HeldKey[] =>
  onlineKeyFiles(folder).map((path) => loadKey(path, passphrase));

/** @throws Refusal when a guard-rail forbids it, or signatures are missing */
export function publish(folder: string, { keys, now, force = false }: PublishOptions): Versions {
  demandRepository(folder);
  const before = loadPublished(folder);
  const staged = withoutPublished(loadStaged(folder), before);
  const next: Documents = { ...before, ...staged };
  if (Object.keys(staged).length === 0 && before.timestamp)
    throw new Refusal(
      'conflict',
      'Nothing is staged; `rockpool-fleet release refresh` signs again what is there.',
    );
  demandNone(problemsOfNext(next, before, { now, force }));
  const ends = { now, days: undefined };
  next.snapshot = makeSnapshot(folder, next, keys, ends);
  next.timestamp = makeTimestamp(folder, next, keys, ends);
  demandNone(problemsOfOnline(next, now));
  write(folder, next, ['root', ...targetsRoles, 'snapshot', 'timestamp']);
  for (const role of ['root', ...targetsRoles] as const) unstage(folder, role);
  return versionsIn(next);
}

/** A publication that was cut off after the root had its name has nothing left to do for it. */
function withoutPublished(staged: Documents, before: Documents): Documents {
  const kept = Object.entries(staged).filter(([role, document]) => {
    const published = before[role as Role] as Signed | undefined;
    return !published || !fileOf(document as Signed).equals(fileOf(published));
  });
  return Object.fromEntries(kept) as Documents;
}

export interface RefreshOptions extends PublishOptions {
  /** Sign only what ends within this; left out, both. */
  withinMs?: number;
}

/** Whether `refresh` would find something to do. */
export function isDue(folder: string, now: number, withinMs: number): boolean {
  const { snapshot, timestamp } = loadPublished(folder);
  return [snapshot, timestamp].some((one) => one !== undefined && endOf(one.signed) <= now + withinMs);
}

/** Signs timestamp, and snapshot where it is due, for another while. @returns null when nothing was due */
export function refresh(folder: string, { keys, now, withinMs }: RefreshOptions): Versions | null {
  const before = loadPublished(folder);
  if (!before.snapshot || !before.timestamp)
    throw new Refusal(
      'conflict',
      'Nothing is published yet; `rockpool-fleet release publish` does it first.',
    );
  const ends = (document: { signed: Body }): boolean =>
    withinMs === undefined || endOf(document.signed) <= now + withinMs;
  const usual = { now, days: undefined };
  const next = { ...before };
  if (ends(before.snapshot)) next.snapshot = makeSnapshot(folder, next, keys, usual);
  if (next.snapshot === before.snapshot && !ends(before.timestamp)) return null;
  next.timestamp = makeTimestamp(folder, next, keys, usual);
  demandNone(problemsOfOnline(next, now));
  write(folder, next, ['snapshot', 'timestamp']);
  return versionsIn(next);
}

export interface Ends {
  now: number;
  /** Left out, the usual time, or what root leaves of it. */
  days: number | undefined;
}

export function makeSnapshot(
  folder: string,
  documents: Documents,
  keys: readonly HeldKey[],
  ends: Ends,
): Signed<SnapshotBody> {
  const meta = Object.fromEntries(
    targetsRoles.flatMap((role) => {
      const document = documents[role];
      return document ? [[`${role}.json`, metaOf(document as Signed)]] : [];
    }),
  );
  const signed: SnapshotBody = {
    ...{ _type: 'snapshot', spec_version: '1.0.31' },
    version: 1 + Math.max(documents.snapshot?.signed.version ?? 0, loadGiven(folder).snapshot),
    expires: endFor('snapshot', documents, ends),
    meta,
  };
  return signOnline('snapshot', { signed, signatures: [] }, keys);
}

export function makeTimestamp(
  folder: string,
  documents: Documents,
  keys: readonly HeldKey[],
  ends: Ends,
): Signed<TimestampBody> {
  if (!documents.snapshot) throw new Refusal('failed', 'A timestamp names a snapshot, and there is none.');
  const signed: TimestampBody = {
    ...{ _type: 'timestamp', spec_version: '1.0.31' },
    version: 1 + Math.max(documents.timestamp?.signed.version ?? 0, loadGiven(folder).timestamp),
    expires: endFor('timestamp', documents, ends),
    meta: { 'snapshot.json': metaOf(documents.snapshot as Signed) },
    'x-rockpool-signed-at': expiresAt(ends.now),
  };
  return signOnline('timestamp', { signed, signatures: [] }, keys);
}

/** With its length and hash a client knows what it reads before it parses it. */
function metaOf(document: Signed): SnapshotBody['meta'][string] {
  const file = fileOf(document);
  const sha256 = createHash('sha256').update(file).digest('hex');
  return { version: document.signed.version, length: file.length, hashes: { sha256 } };
}

function endFor(role: OnlineRole, documents: Documents, { now, days }: Ends): string {
  const wanted = now + (days ?? usualDays[role]) * dayMs;
  if (days !== undefined) return expiresAt(wanted);
  return expiresAt(Math.min(wanted, ...aboveOf(role, documents).map(([, above]) => endOf(above))));
}

function signOnline<B extends Body>(
  role: OnlineRole,
  document: Signed<B>,
  keys: readonly HeldKey[],
): Signed<B> {
  const own = keys.filter((held) => held.role === role);
  if (own.length === 0)
    throw new Refusal(
      'not-found',
      `There is no key of ${role} here; \`rockpool-fleet keys create --role ${role}\` makes one.`,
    );
  return own.reduce((signed, { key }) => signWith(signed, key), document);
}

/** What is wrong with what was just signed. */
export function problemsOfOnline(next: Documents, now: number): string[] {
  return (['snapshot', 'timestamp'] as const).flatMap((role) => {
    const document = next[role];
    if (!document) return [];
    return [
      ...problemsOfExpiry(role, document.signed, aboveOf(role, next), now),
      ...problemsOfSize(role, fileOf(document as Signed).length),
      ...signaturesOf(role, next, next)
        .filter((one) => !isMet(one))
        .map(
          ({ signers, threshold }) =>
            `${role} has ${signers.length} of ${threshold} signatures that root asks for; the keys here are not those that it names.`,
        ),
    ];
  });
}

/**
 * Timestamp last: until it has its name, nothing names the rest. A root alone is in force at once; a client that comes
 * between it and a timestamp under another key is turned away, and comes again.
 */
export function write(folder: string, documents: Documents, order: readonly Role[]): void {
  for (const role of order) {
    const document = documents[role] as Signed | undefined;
    if (document) placeBytes(documentFile(folder, role, document.signed.version), fileOf(document));
  }
}

const versionsIn = (documents: Documents): Versions =>
  Object.fromEntries(
    Object.entries(documents).map(([role, document]) => [role, document.signed.version]),
  ) as Versions;
