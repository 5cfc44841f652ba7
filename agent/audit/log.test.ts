import { execFile } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from './chain.ts';
import { type AuditOptions, openAudit } from './log.ts';
import { verifyAudit } from './verify.ts';

let folder: string;
let active: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-audit-'));
  active = join(folder, 'audit.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const clock = { now: () => 1_700_000_000_000 };
const turn = (n: number): AuditEntry => ({
  requestId: `r-${n}`,
  person: 1,
  via: 'cookie',
  action: 'turn',
  outcome: 'complete',
  session: 's-1',
});

/** Records `turns` and stops as a daemon does. */
async function run(turns: number, options?: AuditOptions): Promise<void> {
  const log = await openAudit(folder, clock, options);
  for (let n = 0; n < turns; n += 1) await log.record(turn(n));
  await log.close();
}

const lines = (): string[] => readFileSync(active, 'utf8').split('\n').slice(0, -1);
const write = (changed: readonly string[]): void => writeFileSync(active, `${changed.join('\n')}\n`);
const swap = <T>(all: readonly T[], i: number): T[] => all.with(i, all[i + 1]!).with(i + 1, all[i]!);

describe('what was recorded', () => {
  test('is on disk when record() has resolved, and verifies', async () => {
    const log = await openAudit(folder, clock);
    await log.record(turn(1));
    expect(JSON.parse(lines()[0]!)).toMatchObject({
      seq: 1,
      at: clock.now(),
      requestId: 'r-1',
      session: 's-1',
    });
    await log.close();
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 1, notes: [] });
  });

  test('goes on with the same chain after a restart', async () => {
    await run(3);
    await run(2);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 5 });
  });

  test('by many at once is in one chain, each line once', async () => {
    const log = await openAudit(folder, clock);
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => log.record(turn(n))));
    await log.close();
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 1_000 });
    expect(new Set(lines().map((line) => JSON.parse(line).requestId)).size).toBe(1_000);
  });

  test('goes on across full files', async () => {
    await run(20, { fullBytes: 1_000 });
    await run(20, { fullBytes: 1_000 });
    expect(readdirSync(folder).filter((name) => name.startsWith('audit-')).length).toBeGreaterThan(3);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 40 });
  });

  test('one wrong entry is refused without harm to the others that came with it', async () => {
    const log = await openAudit(folder, clock);
    const outcomes = await Promise.allSettled([
      log.record(turn(1)),
      log.record({ ...turn(2), action: '' }),
      log.record(turn(3)),
    ]);
    await log.close();
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 2 });
  });

  test('can be verified while the log is written and turned over', async () => {
    const log = await openAudit(folder, clock, { fullBytes: 2_000, headAfterMs: 1 });
    const recording = Promise.all(Array.from({ length: 2_000 }, (_, n) => log.record(turn(n))));
    for (let i = 0; i < 10; i += 1) expect(await verifyAudit(folder)).toMatchObject({ ok: true });
    await recording;
    await log.close();
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 2_000 });
  });

  test('is refused once the log is closed', async () => {
    const log = await openAudit(folder, clock);
    await log.close();
    await expect(log.record(turn(1))).rejects.toThrow('closed');
  });
});

describe('somebody who changes the log is found', () => {
  const deeds: Record<string, (all: string[]) => string[]> = {
    'a byte changed': (all) => all.with(4, all[4]!.replace('complete', 'comPlete')),
    'a line removed': (all) => all.toSpliced(4, 1),
    'the first line removed': (all) => all.slice(1),
    'a line doubled': (all) => all.toSpliced(4, 0, all[4]!),
    'a line of another log inserted': (all) => all.toSpliced(4, 0, all[4]!.replace('r-4', 'r-9')),
    'two lines exchanged': (all) => swap(all, 4),
    'an empty line inserted': (all) => all.toSpliced(4, 0, ''),
    'the last line cut off': (all) => all.slice(0, -1),
    'all lines cut off': () => [],
    'an endless line inserted': (all) => all.toSpliced(4, 0, 'x'.repeat(200_000)),
  };

  test.each(Object.entries(deeds))('%s', async (_, change) => {
    await run(10);
    write(change(lines()));
    expect(await verifyAudit(folder)).toMatchObject({ ok: false });
  });

  test.each(Object.entries(deeds))('%s, also after the agent has gone on with the log', async (_, change) => {
    await run(10);
    write(change(lines()));
    await run(10);
    expect(await verifyAudit(folder)).toMatchObject({ ok: false });
  });

  test('and told where and why', async () => {
    await run(10);
    write(lines().toSpliced(4, 2));
    expect(await verifyAudit(folder)).toEqual({
      ok: false,
      lines: 4,
      file: 'audit.jsonl',
      line: 5,
      why: 'lines 5 to 6 are missing',
    });
  });

  test('the end cut off in the middle of a line', async () => {
    await run(10);
    truncateSync(active, readFileSync(active).length - 5);
    expect(await verifyAudit(folder)).toMatchObject({
      ok: false,
      why: 'lines 10 to 10 are missing at the end',
    });
    await run(1);
    expect(await verifyAudit(folder)).toMatchObject({ ok: false, why: 'line 10 is missing' });
  });

  test('a full file removed, or two of them exchanged', async () => {
    await run(40, { fullBytes: 1_000 });
    const [first, second] = readdirSync(folder)
      .filter((name) => name.startsWith('audit-'))
      .sort() as [string, string];
    renameSync(join(folder, first), join(folder, 'away'));
    expect(await verifyAudit(folder)).toMatchObject({ ok: false, file: second });
    renameSync(join(folder, second), join(folder, first));
    renameSync(join(folder, 'away'), join(folder, second));
    expect(await verifyAudit(folder)).toMatchObject({ ok: false, file: first, line: 1 });
  });

  test('the head removed; and noted in the chain when the agent goes on', async () => {
    await run(10);
    rmSync(join(folder, 'head.json'));
    expect(await verifyAudit(folder)).toMatchObject({ ok: false });
    await run(1);
    expect(await verifyAudit(folder)).toMatchObject({
      ok: true,
      notes: [{ seq: 11, action: 'audit.head-missing' }],
    });
  });

  test('a chain that was written anew as a whole is found by a head kept elsewhere only', async () => {
    await run(10);
    const kept = await verifyAudit(folder);
    if (!kept.ok) throw new Error(kept.why);
    rmSync(folder, { recursive: true });
    await openAudit(folder, { now: () => 1 }).then(async (log) => {
      for (let n = 0; n < 20; n += 1) await log.record(turn(n));
      await log.close();
    });
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 20 });
    expect(await verifyAudit(folder, { expected: kept.head })).toMatchObject({ ok: false, line: 10 });
  });
});

describe('on a full disk', () => {
  test('whoever records is told, nothing half-written stays, and what was recorded holds', async () => {
    const recordUntilFull = `
      import { openAudit } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)};
      const log = await openAudit(process.argv[1], { now: () => 1 });
      const entry = { requestId: null, person: 1, via: 'key', action: 'turn', outcome: 'complete' };
      const outcomes = await Promise.allSettled(Array.from({ length: 600 }, () => log.record(entry)));
      console.log(outcomes.filter(({ status }) => status === 'fulfilled').length);
      process.exit();`;
    // A file may grow to 100 KiB: the second batch of lines fails in its middle.
    const shell = 'ulimit -f 100; exec "$0" --input-type=module -e "$1" "$2"';
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      shell,
      process.execPath,
      recordUntilFull,
      folder,
    ]);
    const recorded = Number(stdout);
    expect(recorded).toBeGreaterThan(0);
    expect(recorded).toBeLessThan(600);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: recorded });
    await run(1);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: recorded + 1, notes: [] });
  });
});

describe('after a power cut', () => {
  test.each([
    ['half a line', '{"action":"turn","at":17'],
    ['blocks that were never filled', '\0'.repeat(5_000)],
    ['blocks that were never filled before a whole line', `${'\0'.repeat(100)}\n{"seq":6}\n`],
  ])('%s is moved aside, kept, and recorded', async (_, torn) => {
    await run(5);
    appendFileSync(active, torn);
    await run(1);
    const verdict = await verifyAudit(folder);
    expect(verdict).toMatchObject({ ok: true, lines: 7, notes: [{ seq: 6, action: 'audit.torn' }] });
    const kept = readdirSync(folder).filter((name) => name.startsWith('torn-'));
    expect(kept.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([torn]);
  });

  test('lines that the head had not followed yet are kept', async () => {
    const log = await openAudit(folder, clock, { headAfterMs: 3_600_000 });
    for (let n = 0; n < 5; n += 1) await log.record(turn(n));
    const head = readFileSync(join(folder, 'head.json'), 'utf8');
    await log.close();
    writeFileSync(join(folder, 'head.json'), head);
    await run(1);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 6, notes: [] });
  });

  test('between the renaming of a full file and its head, the chain goes on as if nothing had been', async () => {
    await run(5);
    renameSync(active, join(folder, 'audit-000000000000005.jsonl'));
    await run(1);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 6, notes: [] });
  });

  test('a head that points to the start of a file that was named back loses no line', async () => {
    await run(5);
    const head = JSON.parse(readFileSync(join(folder, 'head.json'), 'utf8'));
    writeFileSync(join(folder, 'head.json'), JSON.stringify({ ...head, bytes: 0 }));
    await run(1);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 6, notes: [] });
    expect(readdirSync(folder).some((name) => name.startsWith('torn-'))).toBe(false);
  });

  test('in the very first moment, before any line, nothing is amiss', async () => {
    await run(0);
    rmSync(active);
    await run(1);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, lines: 1, notes: [] });
    expect(existsSync(join(folder, 'head.json'))).toBe(true);
  });
});
