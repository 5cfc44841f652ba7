import { spawnSync } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkDatabase, copyDatabase, type Database, openDatabase } from '../../store/sqlite.ts';
import { cutPowerAtWrite, PowerCut } from '../../test/power.ts';
import { systemClock } from '../clock.ts';
import { holdHome } from '../lock.ts';
import { createBackup } from './create.ts';
import { BackupDamaged } from './damaged.ts';
import { restoreBackup } from './restore.ts';
import { unpackBackup } from './unpack.ts';

const clock = { now: () => Date.UTC(2026, 10, 22, 9, 30, 0) };
const schema = { versions: ['CREATE TABLE said (text TEXT NOT NULL)'] };
const signal = new AbortController().signal;
const longName = `${'年度报告-'.repeat(15)}.bin`;

let folder: string;
let home: string;
let file: string;
let db: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-backup-'));
  home = join(folder, 'home');
  file = join(folder, 'monday.rockpool-backup');
  db = openDatabase(join(home, 'sessions.db'), schema);
  say('the alarm code is 4471');
  put('files/ab/report.pdf', 'a report');
  put(`files/${longName}`, 'long');
  put('files/empty', '');
  put('audit/audit.jsonl', '{"seq":1}\n{"seq":2}\n{"se');
  put('run/agent.json', 'the credential');
  put('cache/kv.bin', 'big');
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

function put(path: string, content: string): void {
  mkdirSync(join(home, path, '..'), { recursive: true });
  writeFileSync(join(home, path), content);
}
const say = (text: string) => db.prepare('INSERT INTO said VALUES (?)').run(text);
const said = (at: string): unknown[] => {
  const copy = openDatabase(join(at, 'sessions.db'), schema);
  try {
    return copy.prepare('SELECT text FROM said').pluck().all();
  } finally {
    copy.close();
  }
};
const copyDatabases = async (to: string) => copyDatabase(db, join(to, 'sessions.db'));
const checkDatabases = async (at: string) => checkDatabase(join(at, 'sessions.db'));

async function save(to = file): Promise<void> {
  const stream = await createBackup({ home, copyDatabases, clock, writtenBy: '0.1.0' }, signal);
  await pipeline(stream, createWriteStream(to));
}
/** Everything below, with its content; databases by their name only. */
const contentOf = (at: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(at, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(at.length + 1))
      .filter((path) => !path.startsWith('run/'))
      .map((path) => [path, /\.db/.test(path) ? 'database' : readFileSync(join(at, path), 'utf8')]),
  );

test('a backup holds databases, files and whole audit lines, and nothing of the moment or the machine', async () => {
  await save();
  const manifest = await unpackBackup(file, join(folder, 'out'), signal);
  expect(contentOf(join(folder, 'out'))).toEqual({
    'sessions.db': 'database',
    'files/ab/report.pdf': 'a report',
    [`files/${longName}`]: 'long',
    'files/empty': '',
    'audit/audit.jsonl': '{"seq":1}\n{"seq":2}\n',
  });
  expect(said(join(folder, 'out'))).toEqual(['the alarm code is 4471']);
  expect(manifest).toMatchObject({ createdAt: clock.now(), writtenBy: '0.1.0' });
  expect(readdirSync(join(home, 'run')), 'what was set aside is removed').toEqual(['agent.json']);
});

test('a backup opens with tar alone', async () => {
  await save();
  const plain = join(folder, 'plain.tar');
  const { createZstdDecompress } = await import('node:zlib');
  await pipeline(
    (await import('node:fs')).createReadStream(file),
    createZstdDecompress(),
    createWriteStream(plain),
  );
  const listed = spawnSync('tar', ['-tf', plain], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  expect(listed.stderr).toBe('');
  expect(listed.stdout.split('\n')).toContain('manifest.json');
  mkdirSync(join(folder, 'by-tar'));
  expect(spawnSync('tar', ['-xf', plain, '-C', join(folder, 'by-tar')]).status).toBe(0);
  expect(readFileSync(join(folder, 'by-tar/files', longName), 'utf8')).toBe('long');
});

test('while people go on writing and deleting, the backup is one moment of it', async () => {
  const stream = await createBackup(
    {
      home,
      clock,
      writtenBy: '0.1.0',
      copyDatabases: async (to) => {
        put('files/added', 'its row is in the copy');
        await copyDatabases(to);
        rmSync(join(home, 'files/ab/report.pdf'));
        say('too late for the backup');
      },
    },
    signal,
  );
  put('audit/audit.jsonl', '{"seq":1}\n{"seq":2}\n{"seq":3}\n{"seq":4}\n');
  await pipeline(stream, createWriteStream(file));
  await unpackBackup(file, join(folder, 'out'), signal);
  expect(said(join(folder, 'out'))).toEqual(['the alarm code is 4471']);
  expect(contentOf(join(folder, 'out'))).toMatchObject({
    'files/added': 'its row is in the copy',
    'files/ab/report.pdf': 'a report',
    'audit/audit.jsonl': '{"seq":1}\n{"seq":2}\n',
  });
});

test('a restore brings back what was saved, and keeps what was there beside it', async () => {
  await save();
  db.close();
  put('files/ab/report.pdf', 'changed since');
  put('files/new', 'added since');
  const hold = holdHome(home, systemClock, 'command');
  const { before } = await restoreBackup(file, { home, checkDatabases, clock }, signal);
  hold.release();
  expect(contentOf(home)).toMatchObject({ 'files/ab/report.pdf': 'a report' });
  expect(contentOf(home)).not.toHaveProperty('files/new');
  expect(before).toBe(`${home}.before-restore-2026-11-22T09-30-00`);
  expect(contentOf(before)).toMatchObject({
    'files/new': 'added since',
    'files/ab/report.pdf': 'changed since',
  });
  db = openDatabase(join(home, 'sessions.db'), schema);
});

test('a backup that is cut off, changed, or no backup at all is refused, and nothing is touched', async () => {
  await save();
  db.close();
  const whole = readFileSync(file);
  const attempts: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('this is a letter')],
    ...[10, 200, whole.length >> 1, whole.length - 1].map((bytes): [string, Buffer] => [
      `cut at ${bytes}`,
      whole.subarray(0, bytes),
    ]),
    ...[60, whole.length >> 1, whole.length - 20].map((at): [string, Buffer] => {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      return [`changed at ${at}`, changed];
    }),
  ];
  const untouched = contentOf(home);
  for (const [what, bytes] of attempts) {
    writeFileSync(file, bytes);
    const restoring = restoreBackup(file, { home, checkDatabases, clock }, signal);
    await expect(restoring, what).rejects.toThrow(BackupDamaged);
    await expect(restoring, what).rejects.toThrow(/^[^\n]*\.$/);
  }
  expect(contentOf(home)).toEqual(untouched);
  expect(readdirSync(folder).sort()).toEqual(['home', 'monday.rockpool-backup']);
  db = openDatabase(join(home, 'sessions.db'), schema);
});

test('a backup whose database is damaged is refused before anything is replaced', async () => {
  await save();
  db.close();
  const checkFails = async () => {
    throw new Error('sessions.db is damaged: page 2');
  };
  await expect(restoreBackup(file, { home, checkDatabases: checkFails, clock }, signal)).rejects.toThrow(
    'page 2',
  );
  expect(said(home)).toEqual(['the alarm code is 4471']);
  expect(readdirSync(folder)).not.toContain(expect.stringContaining('restor'));
  db = openDatabase(join(home, 'sessions.db'), schema);
});

test('power lost at any write of a restore leaves the old content or the new, never a mix', async () => {
  await save();
  db.close();
  put('files/new', 'added since');
  const old = contentOf(home);
  const saved = join(folder, 'saved');
  await unpackBackup(file, saved, signal);
  const restored = contentOf(saved);
  const outcomes = new Set<string>();
  for (let n = 0, cut = true; cut; n += 1) {
    const here = join(folder, `at-${n}`, 'home');
    spawnSync('cp', ['-r', '--', home, join(folder, `at-${n}`, '..', 'copy')]);
    mkdirSync(join(folder, `at-${n}`));
    spawnSync('mv', [join(folder, 'copy'), here]);
    const power = cutPowerAtWrite(n);
    try {
      await restoreBackup(file, { home: here, checkDatabases, clock }, signal);
      cut = false;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    } finally {
      power.restore();
    }
    holdHome(here, systemClock).release(); // the next start
    const found = contentOf(here);
    const outcome = 'files/new' in found ? 'old' : 'new';
    expect(found, `cut at write ${n}`).toEqual(outcome === 'old' ? old : restored);
    outcomes.add(outcome);
    if (outcome === 'old') await restoreBackup(file, { home: here, checkDatabases, clock }, signal);
    expect(contentOf(here), `restored after a cut at write ${n}`).toEqual(restored);
    const beside = readdirSync(join(folder, `at-${n}`)).sort();
    expect(beside, `beside the home after a cut at write ${n}`).toEqual([
      'home',
      'home.before-restore-2026-11-22T09-30-00',
    ]);
    rmSync(join(folder, `at-${n}`), { recursive: true });
  }
  expect(outcomes).toEqual(new Set(['old', 'new']));
  db = openDatabase(join(home, 'sessions.db'), schema);
});

test('a manifest can lead nowhere but into the fresh folder', async () => {
  const { tarEnd, tarHeader, tarPadding } = await import('./tar.ts');
  const { zstdCompressSync } = await import('node:zlib');
  for (const path of ['../evil', '/etc/evil', 'a/../../evil', 'a//b', './a', 'a\0b']) {
    const manifest = Buffer.from(
      JSON.stringify({
        format: 'rockpool-backup',
        version: 1,
        createdAt: 1,
        writtenBy: 'x',
        files: [
          { path, bytes: 0, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
        ],
      }),
    );
    const tar = [
      tarHeader({ name: 'manifest.json', bytes: manifest.length }),
      manifest,
      tarPadding(manifest.length),
      tarHeader({ name: path, bytes: 0 }),
      tarEnd(),
    ];
    writeFileSync(file, zstdCompressSync(Buffer.concat(tar)));
    await expect(unpackBackup(file, join(folder, 'out'), signal), path).rejects.toThrow(BackupDamaged);
  }
  expect(existsSync(join(folder, 'evil'))).toBe(false);
});

test('large files pass through in pieces', async () => {
  put('files/large', '');
  truncateSync(join(home, 'files/large'), 64 * 1024 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  await save();
  await unpackBackup(file, join(folder, 'out'), signal);
  expect(statSync(join(folder, 'out/files/large')).size).toBe(64 * 1024 * 1024);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * 1024 * 1024);
});
