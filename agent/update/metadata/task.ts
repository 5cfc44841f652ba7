/** What is asked of the worker that runs tuf-js, what it asks meanwhile, and what it answers: plain data. */

/** Bytes that a file may have at most. tuf-js parses before it verifies, at a cost that grows with the square. */
export interface Caps {
  root: number;
  timestamp: number;
  snapshot: number;
  /** Of each role. */
  targets: number;
}
const KiB = 1_024;
export const deviceCaps: Caps = {
  ...{ root: 32 * KiB, timestamp: 32 * KiB, snapshot: 32 * KiB },
  targets: 128 * KiB,
};

/** Metadata by file name without version (`root.json`), as text: that is how tuf-js keeps it. */
export type Files = Readonly<Record<string, string>>;

export interface Task {
  /** What was trusted so far; `root.json` at least. */
  files: Files;
  /** A folder that belongs to this one run. */
  scratch: string;
  /** What time it is, for everything that may have expired. */
  now: number;
  caps: Caps;
  /** Targets to look up; the roles on the way to them are fetched and verified too. */
  names: readonly string[];
  /** The first name that leads nowhere ends it. */
  stopsAtFirst: boolean;
}

export type Ask =
  | { ask: 'fetch'; id: number; name: string; limitBytes: number }
  | { ask: 'done'; verdict: Verdict };
export type Reply = { id: number } & ReplyBody;
export type ReplyBody =
  | { reply: 'bytes'; bytes: Uint8Array }
  | { reply: 'missing' }
  | { reply: 'failed'; says: string };

export interface Found {
  length: number;
  hashes: Record<string, string>;
}

export interface Verdict {
  /** Why root, timestamp, snapshot and targets are not all trusted; `old` when they are older than those of `files`. */
  problem: { says: string; old: boolean } | undefined;
  /** What is trusted now. With a problem: as far as it came. */
  files: Files;
  /** Roles whose metadata was verified just now. What else lies among the files was trusted once, and may be revoked. */
  loaded: readonly string[];
  /** Every newer root on the way, in order, each verified by the one before it. */
  roots: readonly string[];
  /** Ids of the keys whose signatures hold; of root's, none where it has a problem. */
  signers: { timestamp: readonly string[]; snapshot: readonly string[] };
  /** For each name: what was found, nothing, or why it can't be known. */
  found: readonly (Found | null | { problem: string })[];
}

/** Which cap is for a file, by the name under which it is fetched. */
export function capOf(name: string, caps: Caps): number {
  if (/^\d+\.root\.json$/.test(name)) return caps.root;
  if (name === 'timestamp.json') return caps.timestamp;
  return /^(?:\d+\.)?snapshot\.json$/.test(name) ? caps.snapshot : caps.targets;
}
