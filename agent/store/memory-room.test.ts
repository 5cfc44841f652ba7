import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewFact } from '../memory/fact-changes.ts';
import { factsSchema, openFacts } from '../memory/facts.ts';
import { cutPowerAtWrite, PowerCut } from '../test/power.ts';
import { openMemoryRoom } from './memory-room.ts';
import { copyDatabase, type Database, findDamage, openDatabase, openDatabaseAsItIs } from './sqlite.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rockpool-memory-room-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const file = (): string => join(home, 'memory.db');
const fact = (text: string, owner = 2): NewFact => ({
  ...{ owner, saidBy: 'bob', scope: 'mine', text, subject: null, saidAt: 10, origin: 'owner' },
  ...{ sessionId: 'monday', messageId: 1 },
});
const room = (isKnown = true) => openMemoryRoom(home, isKnown, () => Date.UTC(2026, 10, 22));
const texts = (at: ReturnType<typeof room>, person = 2): string[] =>
  at.facts.list(person, { limit: 10_000 }).map(({ text }) => text);
const aside = (): string[] =>
  existsSync(join(home, 'backups'))
    ? readdirSync(join(home, 'backups')).filter((one) => /^damaged/.test(one))
    : [];

/** Closed as a service is. */
function withFacts(n: number): void {
  const made = room(false);
  made.facts.remember(Array.from({ length: n }, (_, i) => fact(`Locker ${i} belongs to team ${i % 7}.`)));
  made.close();
}

/** The page on which a b-tree begins. */
function rootOf(name: string): number {
  const db = openDatabase(file(), factsSchema);
  const page = db
    .prepare<[string], number>('SELECT rootpage FROM sqlite_master WHERE name = ?')
    .pluck()
    .get(name);
  db.close();
  return page ?? 0;
}

function spoilPage(page: number): void {
  const handle = openSync(file(), 'r+');
  writeSync(handle, Buffer.alloc(4_096, 0xa5), 0, 4_096, (page - 1) * 4_096);
  closeSync(handle);
}

/** As after a power cut: the log is there. */
function leaveUnclean(said = 'The lift is slow.'): void {
  const db = openDatabase(file(), factsSchema);
  openFacts(db).remember([fact(said)]);
  mkdirSync(join(home, 'image'), { recursive: true });
  for (const ending of ['', '-wal']) copyFileSync(file() + ending, join(home, 'image', `memory.db${ending}`));
  db.close();
  for (const ending of ['', '-wal']) copyFileSync(join(home, 'image', `memory.db${ending}`), file() + ending);
}

describe('a page that a failing disk spoiled', () => {
  test('in an index costs nothing: every fact is read out into a new file, and the old one is kept', () => {
    withFacts(300);
    leaveUnclean();
    truncateSync(`${file()}-wal`, 0);
    spoilPage(rootOf('fact_by_text'));
    writeFileSync(`${file()}-wal`, 'x'.repeat(100));
    const found = room();
    expect(found.away()).toBeNull();
    expect(texts(found)).toHaveLength(300);
    expect(found.facts.worded(2, 'locker 7')).not.toEqual([]);
    expect(found.facts.unembedded(1_000)).toHaveLength(300);
    expect(aside().length).toBeGreaterThan(0);
    const db = found.db();
    expect(db && findDamage(db)).toBeUndefined();
    found.close();
  });

  test('with facts on it puts memory aside; the last whole copy is offered, and taken', () => {
    withFacts(300);
    const db = openDatabase(file(), factsSchema);
    copyDatabase(db, join(home, 'backups', '1000-day-memory.db'));
    db.close();
    writeFileSync(join(home, 'backups', '2000-day-memory.db'), 'a copy of the same failing disk');
    spoilPage(rootOf('fact'));
    writeFileSync(`${file()}-wal`, 'x'.repeat(100));
    const found = room();
    expect(found.away()).toMatchObject({
      since: Date.UTC(2026, 10, 22),
      why: expect.stringMatching(/damaged/),
      file: expect.stringMatching(/damaged-2026-11-22T00-00-00-memory\.db$/),
      restore: join(home, 'backups', '1000-day-memory.db'),
    });
    expect(() => found.facts.list(2, { limit: 9 })).toThrow(expect.objectContaining({ code: 'memory-away' }));
    found.close();

    const again = room();
    expect(again.away(), 'a start finds it still away').not.toBeNull();
    expect(again.restore(null)).toBe(join(home, 'backups', '1000-day-memory.db'));
    expect(texts(again)).toHaveLength(300);
    again.close();
    expect(room().away()).toBeNull();
  });

  test('found while somebody asks: they are told, and memory is away from then on', () => {
    withFacts(300);
    const found = room();
    expect(texts(found)).toHaveLength(300);
    found.close();
    spoilPage(rootOf('fact'));
    const hurt = room();
    expect(() => hurt.facts.list(2, { limit: 10_000 })).toThrow(
      expect.objectContaining({ code: 'memory-away' }),
    );
    expect(hurt.away()).not.toBeNull();
    hurt.close();
  });
});

test('a large file is checked beside the work after a power cut, and put aside when that finds damage', () => {
  withFacts(300);
  leaveUnclean();
  const served = openMemoryRoom(home, true, () => 5, 1_000);
  expect(served.unchecked()).toBe(file());
  expect(texts(served)).toHaveLength(301);
  served.checked(null);
  expect(served.unchecked()).toBeNull();
  served.close();
  leaveUnclean('The rent is 900.');
  const hurt = openMemoryRoom(home, true, () => 5, 1_000);
  expect(hurt.unchecked()).toBe(file());
  hurt.checked('page 7 is not in use');
  // Every row could still be read: the old file is kept, and a new one has them all.
  expect(hurt.away()).toBeNull();
  expect(texts(hurt)).toHaveLength(302);
  expect(aside()).not.toEqual([]);
  hurt.close();
});

test.each([
  ['overwritten', () => writeFileSync(file(), 'x'.repeat(40_000))],
  ['cut off', () => truncateSync(file(), 5_000)],
  ['emptied', () => truncateSync(file(), 0)],
  ['gone', () => rmSync(file())],
])('a memory that is %s leaves the service up without it; without a copy one may begin anew', (_, spoil) => {
  withFacts(20);
  spoil();
  const found = room();
  expect(found.away()).toMatchObject({ restore: null });
  expect(() => found.restore(null)).toThrow(/no copy/);
  expect(() => found.restore('/dev/null')).toThrow(/can't be used/);
  expect(found.away()).not.toBeNull();
  found.beginAnew();
  expect(texts(found)).toEqual([]);
  expect(() => found.beginAnew()).toThrow(/there and whole/);
  found.close();
});

test('power lost at any write while memory is put aside, rescued or restored: the next start goes on, and nothing kept is lost', () => {
  withFacts(50);
  const db = openDatabase(file(), factsSchema);
  copyDatabase(db, join(home, 'backups', '1000-day-memory.db'));
  db.close();
  spoilPage(rootOf('fact'));
  writeFileSync(`${file()}-wal`, 'x'.repeat(100));
  const spoiled = statSync(file()).size;
  const start = mkdtempSync(join(tmpdir(), 'rockpool-memory-spoiled-'));
  cpSync(home, start, { recursive: true });
  let n = 0;
  for (let cut = true; cut; n += 1) {
    rmSync(home, { recursive: true });
    cpSync(start, home, { recursive: true });
    const power = cutPowerAtWrite(n);
    try {
      const found = room();
      found.restore(null);
      found.close();
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    } finally {
      power.restore();
    }
    const after = room();
    if (after.away()) after.restore(null);
    expect(texts(after), `cut at write ${n}`).toHaveLength(50);
    after.close();
    const kept = aside().filter((name) => name.endsWith('.db'));
    expect(
      kept.map((name) => statSync(join(home, 'backups', name)).size),
      `cut at write ${n}`,
    ).toContain(spoiled);
  }
  expect(n).toBeGreaterThan(5);
  rmSync(start, { recursive: true });
});

/** What a stranger would see of a memory: rows, evidence, counts and words. */
function seen(db: Database): string {
  const all = (sql: string): unknown[] => db.prepare(sql).all();
  return JSON.stringify([
    all('SELECT id, text, superseded_by, embedded FROM fact ORDER BY id'),
    all('SELECT fact, session_id FROM evidence ORDER BY 1'),
    all('SELECT name, facts, current, bytes FROM namespace WHERE facts > 0 ORDER BY 1'),
    all('SELECT rowid FROM fact_words ORDER BY rowid'),
  ]);
}

/**
 * The log, cut off after every page that was written to it and in the middle of each: what the disk holds when power is
 * lost there. `write` leaves what it did in the log.
 */
function cutEverywhere(write: (db: Database) => void, version = factsSchema): void {
  const image = join(home, 'image');
  mkdirSync(image);
  const db = openDatabase(file(), version);
  const before = seenOrOld(db);
  write(db);
  for (const ending of ['', '-wal']) copyFileSync(file() + ending, join(image, `memory.db${ending}`));
  const after = seenOrOld(db);
  db.close();
  const bytes = statSync(join(image, 'memory.db-wal')).size;
  const page = 4_096 + 24;
  expect(bytes).toBeGreaterThan(page);
  const reached = new Set<string>();
  for (let end = 0; end <= bytes; end += page / 2) {
    const cut = join(home, `cut-${end}`);
    mkdirSync(cut);
    for (const ending of ['', '-wal'])
      copyFileSync(join(image, `memory.db${ending}`), join(cut, `memory.db${ending}`));
    truncateSync(join(cut, 'memory.db-wal'), Math.min(bytes, 32 + end));
    const here = openDatabaseAsItIs(join(cut, 'memory.db'));
    const found = seenOrOld(here);
    expect([before, after], `cut at byte ${end}`).toContain(found);
    expect(findDamage(here), `cut at byte ${end}`).toBeUndefined();
    reached.add(found);
    here.close();
    rmSync(cut, { recursive: true });
  }
  expect(reached).toEqual(new Set([before, after]));
  rmSync(image, { recursive: true });
}

const seenOrOld = (db: Database): string =>
  db.pragma('user_version', { simple: true }) === factsSchema.versions.length
    ? seen(db)
    : JSON.stringify(db.prepare('SELECT id, text FROM fact ORDER BY id').all());

describe('power lost at any page that is written leaves memory as it was or as it was to be', () => {
  test('while facts are stored', () => {
    withFacts(30);
    cutEverywhere((db) => void openFacts(db).remember([fact('The lift is slow.'), fact('The rent is 900.')]));
  });

  test('while everything of somebody is erased', () => {
    withFacts(30);
    cutEverywhere((db) => {
      // Before the log is emptied, which the erasure does at its end.
      const image = {
        prepare: db.prepare.bind(db),
        exec: db.exec.bind(db),
        transaction: db.transaction.bind(db),
      };
      const held = { ...image, pragma: (sql: string) => (/busy/.test(sql) ? 5_000 : [{ busy: 0 }]) };
      openFacts(held as unknown as Database).forgetOwn(2);
    });
  });

  test('while it is brought forward from the first release', () => {
    const first = { versions: factsSchema.versions.slice(0, 1) };
    const old = openDatabase(file(), first);
    const insert = old.prepare(`INSERT INTO fact (owner, said_by, scope, text, hash, said_at, origin)
      VALUES (2, 'bob', 'mine', ?, 'h', 1, 'person')`);
    for (let i = 0; i < 40; i += 1) insert.run(`Locker ${i}.`);
    old.close();
    cutEverywhere((db) => {
      // As `openDatabase` does it.
      db.pragma('foreign_keys = OFF');
      db.transaction(() => {
        for (const statements of factsSchema.versions.slice(1)) db.exec(statements);
        db.pragma(`user_version = ${factsSchema.versions.length}`);
      }).immediate();
    }, first);
  });
});

test('power lost at any write while a memory is migrated or copied: the next start finishes it, and every copy is whole', () => {
  const first = { versions: factsSchema.versions.slice(0, 1) };
  for (let n = 0, cut = true; cut; n += 1) {
    rmSync(home, { recursive: true });
    mkdirSync(home);
    const old = openDatabase(file(), first);
    old.exec(`INSERT INTO fact (owner, said_by, scope, text, hash, said_at, origin)
      VALUES (2, 'bob', 'mine', 'The lift is slow.', 'h', 1, 'person')`);
    old.close();
    const power = cutPowerAtWrite(n);
    try {
      const db = openDatabase(file(), factsSchema);
      copyDatabase(db, join(home, 'backups', '9-day-memory.db'));
      db.close();
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    } finally {
      power.restore();
    }
    const after = room();
    expect(texts(after), `cut at write ${n}`).toEqual(['The lift is slow.']);
    after.close();
    for (const name of readdirSync(join(home, 'backups')).filter((one) => one.endsWith('.db'))) {
      const copy = openDatabase(join(home, 'backups', name), { versions: factsSchema.versions });
      expect(seen(copy)).toContain('The lift is slow.');
      copy.close();
    }
  }
});

describe('a disk that is full', () => {
  const pages = (db: Database): number => db.pragma('page_count', { simple: true }) as number;

  test('at any page of an insertion or an erasure: one code, nothing lost, and it goes on once there is room', () => {
    withFacts(200);
    const db = openDatabase(file(), factsSchema);
    const facts = openFacts(db);
    const long = Array.from({ length: 40 }, (_, i) => fact(`${i} ${'words about a locker '.repeat(40)}`));
    const before = seen(db);
    let refused = 0;
    for (let room = 0, full = true; full; room += 1) {
      db.pragma(`max_page_count = ${pages(db) + room}`);
      try {
        facts.remember(long);
        full = false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'SQLITE_FULL' });
        expect(seen(db), `${room} pages of room`).toBe(before);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(3);
    db.pragma(`max_page_count = ${pages(db)}`);
    facts.forgetOwn(2);
    expect(facts.space(2)).toMatchObject({ facts: 0 });
    db.close();
  });

  test('at any page of a migration: one sentence, and the old memory is whole', () => {
    const first = { versions: factsSchema.versions.slice(0, 1) };
    const old = openDatabase(file(), first);
    for (let i = 0; i < 60; i += 1)
      old.exec(`INSERT INTO fact (owner, said_by, scope, text, hash, said_at, origin)
        VALUES (2, 'bob', 'mine', '${'Locker. '.repeat(50)}', 'h', 1, 'person')`);
    const used = pages(old);
    old.close();
    let refused = 0;
    for (let room = 0, full = true; full; room += 2) {
      const [one = '', two = '', ...more] = factsSchema.versions;
      const tight = { versions: [one, `PRAGMA max_page_count = ${used + room}; ${two}`, ...more] };
      try {
        openDatabase(file(), tight).close();
        full = false;
      } catch (error) {
        refused += 1;
        expect(String(error)).toMatch(
          /^Error: The disk is full, so .*memory\.db can't be written; free .*\.$/,
        );
        const whole = openDatabase(file(), first);
        expect(findDamage(whole)).toBeUndefined();
        expect(whole.prepare('SELECT count(*) FROM fact').pluck().get()).toBe(60);
        whole.close();
      }
    }
    expect(refused).toBeGreaterThan(1);
    expect(texts(room())).toHaveLength(60);
  });
});

test('whatever is read of the files after everything was erased, nothing of it is there, nor in any copy', () => {
  withFacts(100);
  const found = room();
  found.facts.remember([fact('The zanzibarcode is qwertzuiop77.'), fact('The platypusword stays.', 3)]);
  const db = found.db();
  if (db) copyDatabase(db, join(home, 'backups', '1000-day-memory.db'));
  const onDisk = (): Buffer =>
    Buffer.concat(
      readdirSync(home, { recursive: true, encoding: 'utf8' })
        .filter((name) => statSync(join(home, name)).isFile())
        .map((name) => readFileSync(join(home, name))),
    );
  for (const trace of ['zanzibarcode', 'qwertzuiop77', 'Locker 42'])
    expect(onDisk().includes(trace)).toBe(true);
  found.facts.forgetOwn(2);
  found.removeKept();
  for (const trace of ['zanzibarcode', 'anzibarcod', 'qwertzuiop77', 'Locker 42', 'monday']) {
    expect(onDisk().includes(trace), trace).toBe(trace === 'monday');
  }
  expect(onDisk().includes('platypusword')).toBe(true);
  found.close();
});
