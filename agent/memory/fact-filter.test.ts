import type { FactKind } from '@rockpool/protocol/memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewFact } from './fact-changes.ts';
import type { Narrowed } from './fact-filter.ts';
import { openFactIndex } from './fact-index.ts';
import { openFactRows } from './fact-rows.ts';
import { ada, bob, eve, type OpenMemory, openMemory } from './memory.fixture.ts';
import { seenBy } from './visible.ts';

const dimensions = 128;
const digest = 'of this test';
const people = [ada, bob];
const kinds: FactKind[] = ['fact', 'preference', 'episode', 'procedure'];
/** More than are ever weighed whole, for one kind alone. */
const each = 5_000;
const looked = 24;

let home: OpenMemory;
beforeEach(() => {
  home = openMemory();
});
afterEach(async () => home.close());

/** Of one of two hundred clusters, as the vectors of texts lie. */
function vectorOf(seed: number): Float32Array {
  const centre = direction(seed % 200);
  const own = direction(1_000 + seed);
  const mixed = centre.map((one, i) => one + 0.9 * (own[i] ?? 0));
  const length = Math.hypot(...mixed);
  return mixed.map((one) => one / length);
}

const directions = new Map<number, Float32Array>();
function direction(seed: number): Float32Array {
  const known = directions.get(seed);
  if (known) return known;
  let state = seed * 2_654_435_761 + 1;
  const next = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32 - 0.5;
  };
  const random = Float32Array.from({ length: dimensions }, () => next() + next() + next());
  const length = Math.hypot(...random);
  const made = random.map((one) => one / length);
  if (seed < 1_000) directions.set(seed, made);
  return made;
}

function made(i: number, owner: number): NewFact & { embedded: { digest: string; vector: Float32Array } } {
  const kind = i % 10 === 0 ? (kinds[1 + (i % 3)] ?? 'fact') : 'fact';
  const scope = i % 7 === 0 ? 'office' : 'mine';
  return {
    ...{
      owner,
      saidBy: owner === ada.id ? 'ada' : 'bob',
      scope,
      text: `Locker ${i} of ${owner} is ${i % 50}.`,
    },
    ...{
      subject: null,
      saidAt: 1_000 * ((i * 7_919) % each),
      sessionId: null,
      messageId: null,
      origin: 'owner',
    },
    ...{ kind, embedded: { digest, vector: vectorOf(owner * each + i) } },
  };
}

const passes = (fact: NewFact, { scope, kind, saidBy, since, until }: Narrowed): boolean =>
  (scope === undefined || fact.scope === scope) &&
  (kind === undefined || fact.kind === kind) &&
  (saidBy === undefined || fact.saidBy === saidBy) &&
  (since === undefined || fact.saidAt >= since) &&
  (until === undefined || fact.saidAt < until);

test('the nearest and the worded of those that pass are found as if there were no others', {
  timeout: 120_000,
}, () => {
  const { db, table } = home;
  table.useEmbedder({ digest, dimensions }, { means: [], unit: 1 });
  const all = people.flatMap(({ id }) => Array.from({ length: each }, (_, i) => made(i, id)));
  const ids: number[] = [];
  for (let from = 0; from < all.length; from += 1_000)
    ids.push(...table.remember(all.slice(from, from + 1_000)).map(({ fact }) => fact.id));
  const index = openFactIndex(db, openFactRows(db));
  const asking = seenBy(bob.id, []);
  const seen = all
    .map((fact, i) => ({ ...fact, id: ids[i] ?? 0 }))
    .filter(({ owner, scope }) => owner === bob.id || scope === 'office');
  const cases: Narrowed[] = [
    { kind: 'fact' },
    { kind: 'preference' },
    { kind: 'episode', since: 1_000_000, until: 3_000_000 },
    { since: 4_900_000 },
    { until: 2_500_000 },
    { scope: 'office' },
    { scope: 'office', saidBy: 'ada' },
    { saidBy: 'ada', kind: 'procedure' },
    { since: 1_000, until: 2_000 },
    { saidBy: 'nobody' },
  ];
  for (const [n, narrowed] of cases.entries()) {
    const vector = vectorOf(n + 77);
    const passing = seen.filter((fact) => passes(fact, narrowed));
    const exact = passing
      .map(({ id, embedded }) => ({
        id,
        cosine: embedded.vector.reduce((sum, one, i) => sum + one * (vector[i] ?? 0), 0),
      }))
      .sort((a, b) => b.cosine - a.cosine)
      .slice(0, looked);
    const near = index
      .candidates(asking, { worded: [], embedded: { digest, vector }, narrowed })
      .map(({ id }) => id);
    const name = JSON.stringify(narrowed);
    expect(near, name).toHaveLength(exact.length);
    expect(
      near.every((id) => passing.some((one) => one.id === id)),
      name,
    ).toBe(true);
    // Bytes instead of floats may let two that are equally near change places.
    expect(
      exact.slice(0, 10).filter(({ id }) => !near.includes(id)),
      name,
    ).toEqual([]);
    const missed = exact.filter(({ id }) => !near.includes(id)).length;
    // Beyond the question's own cluster all are about equally far.
    expect(missed, name).toBeLessThanOrEqual(3);

    // A word that all have, and one that a fiftieth has.
    const worded = index.worded(asking, 'locker 42', narrowed);
    const holding = passing.filter(({ text }) => /\b42\b/.test(text)).map(({ id }) => id);
    expect(new Set(worded.map(({ id }) => id)).isSubsetOf(new Set(passing.map(({ id }) => id))), name).toBe(
      true,
    );
    expect(
      worded.filter(({ id }) => holding.includes(id)),
      name,
    ).toHaveLength(Math.min(looked, holding.length));
    expect(worded, name).toHaveLength(Math.min(looked, holding.length > 0 ? worded.length : passing.length));
  }
});

describe('from outside', () => {
  beforeEach(async () => {
    await home.say(bob, 'Remember that I prefer green tea.');
    await home.say(bob, 'Remember that the gate code is 4471.');
    await home.memory.add(ada, { text: 'The gate closes at seven.', scope: 'office' });
  });
  const texts = async (narrowed: Narrowed, q?: string): Promise<string[]> =>
    (await home.memory.list(bob, { ...narrowed, q })).map(({ text }) => text);

  test.each<[string, Narrowed, string[]]>([
    ['a kind', { kind: 'preference' }, ['I prefer green tea']],
    ['who said it, in any case', { saidBy: 'ADA' }, ['The gate closes at seven']],
    [
      'since when',
      { since: 1_000 },
      ['The gate closes at seven', 'The gate code is 4471', 'I prefer green tea'],
    ],
    ['until when', { until: 1_000 }, []],
  ])('%s narrows what is listed', async (_, narrowed, expected) => {
    expect((await texts(narrowed)).map((text) => text.replace(/\.$/, ''))).toEqual(expected);
  });

  test('words and meaning together', async () => {
    expect(await texts({ saidBy: 'bob' }, 'gate')).toHaveLength(1);
    expect(await texts({ kind: 'procedure' }, 'gate')).toEqual([]);
  });

  test('a question recalls only what passes', async () => {
    const asked = (narrowed: Narrowed) => home.memory.recall(bob, 'When does the gate close?', { narrowed });
    expect((await asked({ scope: 'office' })).map(({ fact }) => fact.scope)).toEqual(['office']);
    expect((await asked({ scope: 'mine' })).some(({ fact }) => fact.scope === 'office')).toBe(false);
    expect(await home.memory.recall(eve, 'gate code', { narrowed: { saidBy: 'bob' } })).toEqual([]);
  });
});
