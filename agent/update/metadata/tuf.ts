/** Driver for tuf-js: the client workflow of TUF over files in a folder of its own, with bytes that somebody else fetches. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BaseFetcher, TargetFile, Updater } from 'tuf-js';
import { BadVersionError, DownloadHTTPError } from 'tuf-js/dist/error.js';
import type { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { capOf, type Files, type Found, type Task, type Verdict } from './task.ts';
import { wordsOf } from './transport.ts';

/** @returns undefined when it isn't there */
export type FetchNamed = (name: string, limitBytes: number) => Promise<Uint8Array | undefined>;

/** Never resolved: names below it are all that is asked for. */
const base = 'https://repository.invalid/';

export async function verifyRepository(task: Task, fetchNamed: FetchNamed): Promise<Verdict> {
  for (const [name, text] of Object.entries(task.files)) writeFileSync(join(task.scratch, name), text);
  const fetcher = new NamedFetcher(task, fetchNamed);
  let updater: Updater | undefined;
  let problem: Verdict['problem'];
  try {
    updater = open(task, fetcher);
    await updater.refresh();
  } catch (error) {
    problem = { says: wordsOf(error), old: isOld(error) };
  }
  const found = updater && !problem ? await findAll(updater, task) : [];
  const store = updater && storeOf(updater);
  const files = filesOf(task.scratch);
  return {
    problem,
    files,
    loaded: Object.keys(files)
      .map((name) => decodeURIComponent(name.slice(0, -'.json'.length)))
      .filter((role) => store?.getRole(role) !== undefined),
    roots: fetcher.rootsUpTo(store?.root.signed.version ?? 0),
    signers: store && !problem ? signersOf(store) : { timestamp: [], snapshot: [] },
    found,
  };
}

function open({ scratch, now, caps }: Task, fetcher: BaseFetcher): Updater {
  const updater = new Updater({
    ...{ metadataDir: scratch, metadataBaseUrl: base, fetcher },
    config: {
      rootMaxLength: caps.root,
      timestampMaxLength: caps.timestamp,
      snapshotMaxLength: caps.snapshot,
      targetsMaxLength: caps.targets,
    },
  });
  // It takes the process's clock and offers no other; the time that was looked at before has to be the one that counts.
  const store = storeOf(updater);
  if (!(Reflect.get(store, 'referenceTime') instanceof Date))
    throw new Error('tuf-js keeps its time elsewhere');
  Reflect.set(store, 'referenceTime', new Date(now));
  return updater;
}

/** Not public, and the only place that knows which signatures were found to hold. */
const storeOf = (updater: Updater): TrustedMetadataStore =>
  Reflect.get(updater, 'trustedSet') as TrustedMetadataStore;

async function findAll(updater: Updater, { names, stopsAtFirst }: Task): Promise<Verdict['found']> {
  const found: (Found | null | { problem: string })[] = [];
  for (const name of names) {
    const one = await find(updater, name);
    found.push(one);
    if (stopsAtFirst && (one === null || 'problem' in one)) break;
  }
  return found;
}

async function find(updater: Updater, name: string): Promise<Found | null | { problem: string }> {
  try {
    const target: unknown = await updater.getTargetInfo(name);
    // `constructor` finds what every object has.
    return target instanceof TargetFile ? { length: target.length, hashes: { ...target.hashes } } : null;
  } catch (error) {
    return { problem: wordsOf(error) };
  }
}

/** A floor is bound to them: once they are rotated away, what they signed no longer counts. */
function signersOf({ root, timestamp, snapshot }: TrustedMetadataStore): Verdict['signers'] {
  const { keys, roles } = root.signed;
  const holds = (role: string, metadata: typeof timestamp | typeof snapshot): string[] =>
    (roles[role]?.keyIDs ?? []).filter((id) => {
      try {
        if (metadata) keys[id]?.verifySignature(metadata);
        return metadata !== undefined && keys[id] !== undefined;
      } catch {
        return false; // a signature that doesn't hold is an answer here
      }
    });
  return { timestamp: holds('timestamp', timestamp), snapshot: holds('snapshot', snapshot) };
}

/** An older repository may be a mirror that is behind; everything else is no repository of ours. */
const isOld = (error: unknown): boolean =>
  error instanceof BadVersionError && error.message.startsWith('New timestamp version');

function filesOf(folder: string): Files {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Metadata only: what a release is made of is fetched elsewhere, where it can be resumed. */
class NamedFetcher extends BaseFetcher {
  private readonly task: Task;
  private readonly fetchNamed: FetchNamed;
  private readonly roots = new Map<number, string>();

  constructor(task: Task, fetchNamed: FetchNamed) {
    super();
    this.task = task;
    this.fetchNamed = fetchNamed;
  }

  override async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const name = url.slice(base.length);
    // What a parent says of a length may be what a thief of its key wrote.
    const limitBytes = Math.min(maxLength, capOf(name, this.task.caps));
    const bytes = await this.fetchNamed(name, limitBytes);
    if (bytes === undefined) throw new DownloadHTTPError(`${name} is not there`, 404);
    if (bytes.byteLength > limitBytes) throw new Error(`${name} is larger than ${limitBytes} bytes`);
    const root = /^(\d+)\.root\.json$/.exec(name);
    if (root) this.roots.set(Number(root[1]), Buffer.from(bytes).toString('utf8'));
    return Buffer.from(bytes);
  }

  override fetch(url: string): Promise<never> {
    return Promise.reject(new Error(`${url} is no metadata`));
  }

  /** What was fetched for later ones was never trusted. */
  rootsUpTo(version: number): string[] {
    return [...this.roots].filter(([of]) => of <= version).map(([, text]) => text);
  }
}
