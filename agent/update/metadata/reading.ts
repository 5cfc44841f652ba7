/** What a verification says, read: whether it is whole, what of it is ours, and until when it holds. */
import { UpdateError } from '../parts.ts';
import {
  demandRootOnTheWay,
  type Repository,
  type RoleName,
  readRepository,
  roleNames,
  rootVersion,
} from './policy.ts';
import type { Source } from './source.ts';
import type { Files } from './task.ts';
import type { Verified, VerifierParts } from './verifier.ts';

/** `old`: what it has was seen before, and newer since. */
export interface Refused {
  is: 'old' | 'away' | 'bad';
  error: UpdateError;
}

export interface Believed {
  repository: Repository;
  problems: Readonly<Partial<Record<RoleName, string>>>;
}

export class SourceRefused extends Error {
  readonly is: Refused['is'];
  readonly told: UpdateError;

  constructor(is: Refused['is'], told: UpdateError) {
    super(told.message);
    this.is = is;
    this.told = told;
  }
}

/** Only what a repository of ours has is asked for, whatever a delegation calls itself. */
const ownNames = /^(?:\d{1,16}\.(?:root|snapshot|targets|models|agent|patches)|timestamp)\.json$/;

export const fetchesFrom =
  (source: Source): VerifierParts['fetch'] =>
  (name, limitBytes, signal) => {
    if (ownNames.test(name)) return source.read(`metadata/${name}`, limitBytes, signal);
    return Promise.reject(new UpdateError('metadata', `${name.slice(0, 100)} is no metadata of ours.`));
  };

/** @throws SourceRefused when it isn't all trusted */
export function demandWhole({ problem, away, missing }: Verified, now: number): void {
  if (away) throw new SourceRefused('away', new UpdateError('mirrors', `${away.message}.`, { cause: away }));
  if (!problem) return;
  if (missing.includes('timestamp.json'))
    throw new SourceRefused('away', new UpdateError('mirrors', 'There is no repository.'));
  throw new SourceRefused(
    problem.old ? 'old' : 'bad',
    new UpdateError('metadata', sentence(problem.says, now)),
  );
}

export function read({ files, found, loaded }: Verified): Believed & { trusted: Files } {
  const problems: Partial<Record<RoleName, string>> = {};
  for (const [at, role] of roleNames.entries()) {
    const one = found[at];
    if (one && 'problem' in one) problems[role] = `The role ${role} is not taken: ${one.problem}.`;
  }
  const roles = roleNames.filter((role) => loaded.includes(role));
  const trusted = Object.fromEntries(
    ['root', 'timestamp', 'snapshot', 'targets', ...roles].map((name) => [
      `${name}.json`,
      files[`${name}.json`] ?? '',
    ]),
  );
  return { repository: readRepository(trusted, roles), problems, trusted };
}

export function goodRoots(roots: readonly string[]): string[] {
  const good: string[] = [];
  for (const root of roots) {
    try {
      demandRootOnTheWay(root);
    } catch (error) {
      if (error instanceof UpdateError) break; // nothing behind it is trusted
      throw error;
    }
    good.push(root);
  }
  return good;
}

/** A newer system image may know a newer root than the repository has ever told this device. */
export function withNewestRoot(files: Files, image: string): Files {
  const kept = files['root.json'];
  if (kept !== undefined && rootVersion(kept) >= rootVersion(image)) return files;
  return { ...files, 'root.json': image };
}

export function demandUnexpired({ root, timestamp, snapshot, targets }: Repository, now: number): void {
  for (const [what, { expires }] of Object.entries({ root, timestamp, snapshot, targets }))
    demandUnexpiredAt(what, expires, now);
}

export function demandUnexpiredAt(what: string, expires: number, now: number): void {
  if (now < expires) return;
  throw new UpdateError('metadata', sentence(`${what} expired on ${new Date(expires).toISOString()}`, now));
}

/** Whoever reads that something expired has to see by which clock. */
export const sentence = (says: string, now: number): string =>
  says.includes('expired') ? `${says}; this device's clock says ${new Date(now).toISOString()}.` : says;
