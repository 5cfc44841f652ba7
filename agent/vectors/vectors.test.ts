import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, boolean, constant, constantFrom, integer, oneof, property, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../store/sqlite.ts';
import { vectorTables } from './rows.ts';
import { openVectors, type Vectors } from './vectors.ts';

const dimensions = 100;
let folder: string;
let db: Database;
let vectors: Vectors;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-vectors-'));
  open();
  vectors.clear(dimensions);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

function open(memoryBytes?: number): void {
  if (db?.open) db.close();
  db = openDatabase(join(folder, 'vectors.db'), { versions: [vectorTables] });
  vectors = openVectors(db, memoryBytes);
}

/** The same for the same seed; two of them are nearly at right angles. */
function vectorOf(seed: number): Float32Array {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  const vector = Float32Array.from({ length: dimensions }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5) | 0;
    return (state >> 8) / 2 ** 23;
  });
  const length = Math.hypot(...vector);
  return vector.map((number) => number / length);
}

const together = (change: () => void): void => db.transaction(change).immediate();
const putAll = (name: string, from: number, to: number): void =>
  together(() => {
    for (let id = from; id < to; id += 1) vectors.put(id, name, vectorOf(id));
  });
const nearestTo = (id: number, names: readonly string[] = ['p1'], limit = 5): number[] =>
  vectors.nearest(names, vectorOf(id), limit).map((near) => near.id);

describe('a search', () => {
  test.each([40, 600, 3_000])('finds each of %i by itself, with its cosine', (n) => {
    putAll('p1', 0, n);
    for (let id = 0; id < n; id += Math.ceil(n / 50)) {
      const [first, second] = vectors.nearest(['p1'], vectorOf(id), 2);
      expect(first?.id).toBe(id);
      expect(first?.cosine).toBeGreaterThan(0.9999);
      expect(second?.cosine).toBeLessThan(0.6);
    }
  });

  test('weighs candidates as exactly as all of them', () => {
    putAll('p1', 0, 2_000);
    const between = vectorOf(7).map((number, i) => number + (vectorOf(1_500)[i] ?? 0));
    const found = vectors.nearest(['p1'], between, 2);
    expect(found.map(({ id }) => id).sort()).toEqual([1_500, 7]);
    const length = Math.hypot(...between);
    for (const { id, cosine } of found) {
      const exact = vectorOf(id).reduce((sum, number, i) => sum + (number * (between[i] ?? 0)) / length, 0);
      expect(cosine).toBeCloseTo(exact, 2);
      expect(vectors.cosines([id], between).get(id)).toBe(cosine);
    }
  });

  test('stays within its namespaces, large and small', () => {
    putAll('p1', 0, 700);
    putAll('office', 1_000, 1_700);
    putAll('p2', 2_000, 2_040);
    expect(nearestTo(3, ['office', 'p2'], 800)).not.toContain(3);
    expect(nearestTo(1_003, ['office', 'p1'])[0]).toBe(1_003);
    expect(nearestTo(2_003, ['office', 'p2'])[0]).toBe(2_003);
    expect(nearestTo(3, ['nobody'])).toEqual([]);
    for (const id of nearestTo(3, ['p2', 'p2'], 100)) expect(id).toBeGreaterThanOrEqual(2_000);
    expect(nearestTo(3, ['p2'], 100)).toHaveLength(40);
  });

  test('of equals, the newer is first, however many there are', () => {
    together(() => {
      for (let id = 0; id < 6_000; id += 1) vectors.put(id, 'p1', vectorOf(1));
    });
    const found = vectors.nearest(['p1'], vectorOf(1), 3);
    expect(found).toHaveLength(3);
    expect(found.map(({ cosine }) => cosine > 0.9999)).toEqual([true, true, true]);
  });

  test.each([
    ['few pass', (id: number) => id >= 2_990],
    ['many pass', (id: number) => id >= 500],
  ])('filters inside: what is nearest is out, and as many are found: %s', (_, passes) => {
    putAll('p1', 0, 3_000);
    const all = Array.from({ length: 3_000 }, (_, id) => id).filter(passes);
    const filter = {
      few: (most: number) => (all.length > most ? undefined : all),
      passing: (ids: readonly number[]) => ids.filter(passes),
    };
    const found = vectors.nearest(['p1'], vectorOf(3), 10, filter);
    expect(found).toHaveLength(10);
    expect(found.every(({ id }) => passes(id))).toBe(true);
    expect(vectors.nearest(['p1'], vectorOf(2_995), 1, filter)[0]?.id).toBe(2_995);
    expect(vectors.nearest(['p2'], vectorOf(2_995), 1, filter)).toEqual([]);
  });

  test('goes on until it has those that a filter lets pass, though they are the farthest', () => {
    putAll('p1', 0, 3_000);
    const far = new Set(nearestTo(3, ['p1'], 3_000).slice(-20));
    const filter = {
      few: () => undefined,
      passing: (ids: readonly number[]) => ids.filter((id) => far.has(id)),
    };
    expect(
      vectors
        .nearest(['p1'], vectorOf(3), 20, filter)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...far].sort());
  });

  test('takes no more memory than it may: who was not asked about for longest makes room', () => {
    open(60_000);
    for (let p = 0; p < 6; p += 1) putAll(`p${p}`, p * 1_000, p * 1_000 + 700);
    for (const p of [0, 1, 2, 3, 4, 5, 0, 5, 3]) {
      expect(nearestTo(p * 1_000 + 9, [`p${p}`])[0]).toBe(p * 1_000 + 9);
      expect(vectors.memoryBytes()).toBeLessThanOrEqual(60_000);
    }
  });
});

describe('vectors', () => {
  test('of another length are refused', () => {
    expect(() => vectors.put(1, 'p1', new Float32Array(99))).toThrow('99 numbers among those of 100');
  });

  test('that are put again are replaced, also elsewhere', () => {
    putAll('p1', 0, 600);
    vectors.put(5, 'p2', vectorOf(9_999));
    expect(nearestTo(5)).not.toContain(5);
    expect(nearestTo(9_999, ['p2'])).toEqual([5]);
  });

  test('all go when there are to be others', () => {
    putAll('p1', 0, 600);
    nearestTo(1);
    vectors.clear(50);
    expect(vectors.nearest(['p1'], new Float32Array(50).fill(0.1), 5)).toEqual([]);
    vectors.put(1, 'p1', new Float32Array(50).fill(0.1));
    expect(vectors.nearest(['p1'], new Float32Array(50).fill(0.1), 5)[0]?.id).toBe(1);
  });

  test('that are deleted leave neither numbers nor bits in the file', () => {
    putAll('p1', 0, 600);
    const onDisk = (): Buffer => readFileSync(join(folder, 'vectors.db'));
    const numbers = db.prepare('SELECT vector FROM vector WHERE id = 300').pluck().get() as Buffer;
    const bits = (
      db.prepare('SELECT bits FROM vector_segment ORDER BY place LIMIT 1 OFFSET 1').pluck().get() as Buffer
    ).subarray((300 - 256) * 16, (301 - 256) * 16);
    db.pragma('wal_checkpoint(TRUNCATE)');
    const traces = [numbers.subarray(0, 40), bits.subarray(0, 12)];
    for (const trace of traces) expect(onDisk().includes(trace)).toBe(true);
    vectors.remove(300);
    db.pragma('wal_checkpoint(TRUNCATE)');
    for (const trace of traces) expect(onDisk().includes(trace)).toBe(false);
    expect(nearestTo(300)).not.toContain(300);
    expect(nearestTo(301)[0]).toBe(301);
  });
});

describe('after whatever happened', () => {
  const names = ['p1', 'p2'] as const;
  const some = {
    name: constantFrom(...names),
    from: integer({ min: 0, max: 1_400 }),
    n: integer({ min: 1, max: 700 }),
  };
  const step = oneof(
    record({ kind: constant('put' as const), ...some, rolledBack: boolean(), asked: boolean() }),
    record({ kind: constant('remove' as const), ...some, rolledBack: boolean(), asked: boolean() }),
    record({ kind: constant('ask' as const) }),
    record({ kind: constant('reopen' as const) }),
  );

  test('each is found where it is, and nowhere else', () => {
    const check = (holding: ReadonlyMap<number, string>): void => {
      for (const name of names) {
        const here = [...holding].filter(([, at]) => at === name).map(([id]) => id);
        for (let i = 0; i < here.length; i += Math.ceil(here.length / 7)) {
          expect(nearestTo(here[i] ?? -1, [name], 1)).toEqual([here[i]]);
        }
        const found = nearestTo(9_999, [name], 3_000);
        if (here.length <= 512) expect(found.sort()).toEqual(here.sort());
        else for (const id of found) expect(holding.get(id)).toBe(name);
      }
    };
    return assert(
      property(array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        vectors.clear(dimensions);
        let holding = new Map<number, string>();
        for (const each of steps) {
          if (each.kind === 'reopen') open();
          if (each.kind === 'put' || each.kind === 'remove') {
            const after = new Map(holding);
            const change = (): void => {
              for (let id = each.from; id < each.from + each.n; id += 1) {
                if (each.kind === 'put') {
                  vectors.put(id, each.name, vectorOf(id));
                  after.set(id, each.name);
                } else {
                  vectors.remove(id);
                  after.delete(id);
                }
              }
              if (each.asked) check(after);
              if (each.rolledBack) throw new Error('rolled back');
            };
            if (each.rolledBack) expect(() => together(change)).toThrow('rolled back');
            else {
              together(change);
              holding = after;
            }
          }
          if (each.kind === 'ask') check(holding);
        }
        check(holding);
        open();
        check(holding);
      }),
      { numRuns: 25 },
    );
  });

  const damage: [string, () => void][] = [
    ['missing', () => db.exec('DELETE FROM vector_segment')],
    ['cut short', () => db.exec('UPDATE vector_segment SET bits = substr(bits, 1, 99)')],
    ['of other bits', () => db.exec('UPDATE vector_segment SET bits = zeroblob(4096) WHERE place % 512 = 0')],
    ['under another mean', () => db.exec('UPDATE vector_space SET version = version + 1')],
  ];
  test.each(damage)('segments that are %s are made again of the vectors', (_, spoil) => {
    putAll('p1', 0, 1_500);
    spoil();
    open();
    for (let id = 0; id < 1_500; id += 31) expect(nearestTo(id)[0]).toBe(id);
    const before = db.prepare('SELECT * FROM vector_segment').all();
    expect(before).toHaveLength(5);
    open();
    nearestTo(1);
    expect(db.prepare('SELECT * FROM vector_segment').all()).toEqual(before);
  });

  test('what another connection changed is seen', () => {
    putAll('p1', 0, 600);
    nearestTo(5);
    const other = openDatabase(join(folder, 'vectors.db'), { versions: [vectorTables] });
    openVectors(other).put(5, 'p1', vectorOf(8_888));
    other.close();
    expect(nearestTo(5)).not.toContain(5);
    expect(nearestTo(8_888)[0]).toBe(5);
  });

  test('a full disk keeps segments from being stored, and no question from being answered', () => {
    putAll('p1', 0, 1_500);
    db.exec('DELETE FROM vector_segment; VACUUM');
    open();
    db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`);
    expect(nearestTo(44)[0]).toBe(44);
    expect(db.prepare('SELECT count(*) FROM vector_segment').pluck().get()).toBe(0);
  });
});
