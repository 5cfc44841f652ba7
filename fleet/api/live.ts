/** What changed, for those who look on: one reading of the feed a second for all of them, whichever controller wrote it. */
import type { Change } from '@rockpool/protocol/fleet/api';

/** What this room needs of the feed. */
export interface Feed {
  /** Where it stands now. */
  head(): Promise<number>;
  /** What came after `mark`, oldest first, `limit` rows at most. */
  since(mark: number, limit: number): Promise<readonly FeedEntry[]>;
}
export interface FeedEntry {
  seq: number;
  device: string | null;
  kind: 'device' | 'alert' | 'command' | 'rollout';
}

export interface Live {
  /** What changes after it resolves is told. @returns what to call when the reader leaves */
  join(tell: (change: Change) => void): Promise<() => void>;
  readers(): number;
  close(): void;
}

export interface LiveParts {
  feed: Feed;
  /** Calls `then` once, `ms` later; @returns what takes that back */
  after(ms: number, then: () => void): () => void;
  report(error: unknown): void;
}

/** Of more than these a page asks anew for all that it shows: a list of names would be longer than the answer. */
const mostNamed = 200;
const mostRead = 2_000;
const intervalMs = 1_000;

export function createLive({ feed, after, report }: LiveParts): Live {
  const readers = new Set<(change: Change) => void>();
  /** From where on nothing is told yet. Absent while nobody looks: nothing is read then. */
  let mark: Promise<number> | undefined;
  let stop = (): void => undefined;

  const look = async (): Promise<void> => {
    try {
      mark ??= feed.head();
      const from = await mark;
      const entries = await feed.since(from, mostRead);
      const missed = entries.length === mostRead;
      mark = Promise.resolve(missed ? await feed.head() : (entries.at(-1)?.seq ?? from));
      const change = summarise(entries, missed);
      if (change) for (const tell of readers) tell(change);
    } catch (error) {
      report(error);
      // Where it stood is still known, unless that is what could not be read.
      await mark?.catch(() => {
        mark = undefined;
      });
    }
    if (readers.size > 0) stop = after(intervalMs, () => void look());
    else mark = undefined;
  };

  return {
    async join(told) {
      const tell = (change: Change): void => told(change);
      readers.add(tell);
      const leave = (): void => void readers.delete(tell);
      if (!mark) {
        mark = feed.head();
        stop = after(intervalMs, () => void look());
      }
      try {
        await mark;
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    readers: () => readers.size,
    close() {
      readers.clear();
      stop();
    },
  };
}

/** @returns undefined when nothing changed */
export function summarise(entries: readonly FeedEntry[], missed: boolean): Change | undefined {
  if (entries.length === 0) return undefined;
  const names = new Set(entries.flatMap(({ device }) => device ?? []));
  return {
    devices: missed || names.size > mostNamed ? null : ([...names].sort() as Change['devices']),
    alerts: missed || entries.some(({ kind }) => kind === 'alert'),
    commands: missed || entries.some(({ kind }) => kind === 'command' || kind === 'rollout'),
  };
}
