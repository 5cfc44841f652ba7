/**
 * Reports that wait for the controller to have them, in the order of their numbers, in a file that outlives power cuts.
 *
 * A number is never given twice in an epoch: the controller takes a number that it has seen for a repetition and
 * forgets what it says. Health is written without waiting for the disk, so its number may be lost with the power after it
 * was sent; therefore numbers are reserved on disk in blocks, and every opening begins with a new block. Gaps mean nothing.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { droppable, type Report, type ReportBody } from '@rockpool/protocol/fleet/report';
import { canonicalBytes } from '@rockpool/signing/canonical';
import { isFull, type UplinkFile } from './sqlite.ts';

/** As it lies in a batch: what all of them share is left out. */
export type Spooled = Omit<Report, 'v' | 'dev' | 'epoch'>;
export type Stamp = Pick<Spooled, 'boot' | 'at' | 'mono'>;

export interface Spool {
  epoch(): string;
  /** @returns its number; null when there is no room for it on disk: kept ones wait in memory, others are dropped */
  put(body: ReportBody, stamp: Stamp): number | null;
  /** As part of a larger transaction. @throws when there is no room */
  putWithin(body: ReportBody, stamp: Stamp): number;
  /** The oldest, in order. */
  head(most: number): Spooled[];
  /** The controller has these. */
  forget(upto: number): void;
  /** The newest that it had when it last said so: what lies between that and the oldest was dropped, or never given. */
  forgotten(): number;
  range(): { oldest: number; newest: number; dropped: number };
  count(): number;
  /** For want of room, since this process opened it. */
  droppedEver(): number;
  /** What was dropped has been told. */
  toldDropped(count: number): void;
  nextConnection(): number;
  /** Tries again what waits in memory. @returns whether nothing waits any more */
  settle(): boolean;
  onFull(listener: () => void): void;
}

export interface SpoolLimits {
  /** Of what is spooled; with SQLite's own a little more lies on disk. */
  bytes: number;
  /** By count and not by time, for clocks are wrong: eight days at one a minute. */
  droppables: number;
}

const usual: SpoolLimits = { bytes: 18_000_000, droppables: 11_520 };
const blockSize = 1_000;
/** SQLite's for a row: its number, its lengths, its part of a page's head, its place in the index. */
const rowBytes = 40;
/** Kept ones while the disk is full; each is small. */
const waitingMost = 256;

export function openSpool(file: UplinkFile, limits: SpoolLimits = usual): Spool {
  const listeners = new Set<() => void>();
  const waiting: { body: ReportBody; stamp: Stamp }[] = [];
  let epoch = '';
  let next = 0;
  let reserved = 0;
  let bytes = 0;
  let droppables = 0;
  let lost = 0;
  let droppedEver = 0;
  let connection = 0;
  let forgotten = 0;

  function begin(): void {
    epoch = memo(file, 'epoch') ?? '';
    next = Number(memo(file, 'reserved') ?? 1);
    reserved = next;
    connection = Number(memo(file, 'connection') ?? 0);
    forgotten = Number(memo(file, 'forgotten') ?? 0);
    count();
  }

  function count(): void {
    const found = file.run(
      'soon',
      (db) =>
        db
          .prepare(
            `SELECT coalesce(sum(length(packed) + ${rowBytes}), 0) AS bytes,
                    coalesce(sum(kept = 0), 0) AS droppables FROM spool`,
          )
          .get() as { bytes: number; droppables: number },
    );
    ({ bytes, droppables } = found);
  }

  function write(body: ReportBody, stamp: Stamp): number {
    const kept = !droppable.has(body.kind);
    reserve();
    return file.run(kept ? 'durable' : 'soon', (db) => {
      const seq = next;
      const packed = pack({ seq, ...stamp, body });
      makeRoom(packed.length + rowBytes, kept);
      db.prepare('INSERT INTO spool (seq, kept, packed) VALUES (?, ?, ?)').run(seq, kept ? 1 : 0, packed);
      bytes += packed.length + rowBytes;
      droppables += kept ? 0 : 1;
      next = seq + 1;
      return seq;
    });
  }

  /** In a transaction of its own, and on disk before the first number of the block is given. */
  function reserve(): void {
    if (next < reserved) return;
    const upto = next + blockSize;
    setMemo(file, 'reserved', String(upto));
    reserved = upto;
  }

  /** Oldest droppables first; kept ones only when nothing else is left. */
  function makeRoom(wanted: number, kept: boolean): void {
    while (!kept && droppables >= limits.droppables) drop(0);
    while (bytes + wanted > limits.bytes && bytes > 0) drop(droppables > 0 ? 0 : 1);
  }

  function drop(kept: 0 | 1): void {
    const gone = file.run(
      'soon',
      (db) =>
        db
          .prepare(
            `DELETE FROM spool WHERE seq = (SELECT min(seq) FROM spool WHERE kept = ${kept})
             RETURNING length(packed) AS length`,
          )
          .get() as { length: number } | undefined,
    );
    if (!gone) throw new Error('the spool holds less than it counted');
    bytes -= gone.length + rowBytes;
    droppables -= kept === 0 ? 1 : 0;
    droppedEver += 1;
    setMemo(file, 'dropped', String(Number(memo(file, 'dropped') ?? 0) + 1));
  }

  /** After a transaction that didn't come about, what was counted in it is wrong; a number that nobody got is a gap. */
  function tryTo<T>(work: () => T): T | 'full' {
    try {
      return work();
    } catch (error) {
      if (!isFull(error)) throw error;
      for (const tell of listeners) tell();
      count();
      return 'full';
    }
  }

  /** Kept ones keep their order among each other. */
  function settle(): boolean {
    for (let first = waiting[0]; first; first = waiting[0]) {
      const { body, stamp } = first;
      if (tryTo(() => write(body, stamp)) === 'full') return false;
      waiting.shift();
    }
    return true;
  }

  begin();
  // In the middle of a transaction that is about to be run again in the new file.
  file.onReplaced(() => {
    begin();
    reserve();
  });

  return {
    epoch: () => epoch,
    put(body, stamp) {
      const kept = !droppable.has(body.kind);
      const seq = settle() ? tryTo(() => write(body, stamp)) : 'full';
      if (seq !== 'full') return seq;
      if (kept && waiting.length < waitingMost) waiting.push({ body, stamp });
      else {
        lost += 1;
        droppedEver += 1;
      }
      return null;
    },
    putWithin: write,
    head: (most) =>
      file
        .run(
          'soon',
          (db) =>
            db.prepare('SELECT packed FROM spool ORDER BY seq LIMIT ?').all(most) as { packed: Buffer }[],
        )
        .map(({ packed }) => unpack(packed)),
    forgotten: () => forgotten,
    forget(upto) {
      forgotten = Math.max(forgotten, upto);
      tryTo(() =>
        file.run('soon', (db) => {
          setMemo(file, 'forgotten', String(forgotten));
          db.prepare('DELETE FROM spool WHERE seq <= ?').run(upto);
          count();
          // Emptied pages go back to the disk a few at a time; the last ones all at once.
          db.pragma(`incremental_vacuum(${bytes === 0 ? 0 : 64})`);
        }),
      );
    },
    range: () => {
      const found = file.run(
        'soon',
        (db) =>
          db.prepare('SELECT min(seq) AS oldest, max(seq) AS newest FROM spool').get() as {
            oldest: number | null;
            newest: number | null;
          },
      );
      return {
        oldest: found.oldest ?? next,
        newest: found.newest ?? next - 1,
        dropped: lost + Number(memo(file, 'dropped') ?? 0),
      };
    },
    count: () => Number(file.run('soon', (db) => db.prepare('SELECT count(*) FROM spool').pluck().get())),
    droppedEver: () => droppedEver,
    toldDropped(told) {
      const fromMemory = Math.min(lost, told);
      lost -= fromMemory;
      tryTo(() =>
        file.run('soon', () =>
          setMemo(
            file,
            'dropped',
            String(Math.max(0, Number(memo(file, 'dropped') ?? 0) - told + fromMemory)),
          ),
        ),
      );
    },
    nextConnection() {
      connection += 1;
      const number = connection;
      tryTo(() => file.run('durable', () => setMemo(file, 'connection', String(number))));
      return number;
    },
    settle,
    onFull: (listener) => void listeners.add(listener),
  };
}

export function memo(file: UplinkFile, name: string): string | undefined {
  return file.run(
    'soon',
    (db) => db.prepare('SELECT value FROM memo WHERE name = ?').pluck().get(name) as string | undefined,
  );
}

/** On disk when it returns, unless it is part of a transaction that isn't yet. */
export function setMemo(file: UplinkFile, name: string, value: string): void {
  file.run('durable', (db) =>
    db
      .prepare('INSERT INTO memo VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
      .run(name, value),
  );
}

/** A week of health is three times smaller. */
const pack = (report: Spooled): Buffer => deflateRawSync(canonicalBytes(report), { level: 6 });
const unpack = (packed: Buffer): Spooled => JSON.parse(inflateRawSync(packed).toString('utf8')) as Spooled;
