/** How long recall takes over 10,000 facts of one person among others: question in, facts out, embedding included. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Person } from '@rockpool/protocol/people';
import { startPebble } from '../agent/inference/start-pebble.ts';
import type { NewFact } from '../agent/memory/fact-changes.ts';
import { createMemory, type Memory } from '../agent/memory/memory.ts';
import { subjectOf } from '../agent/memory/subject.ts';
import { openStore } from '../agent/store/store.ts';
import { quantile } from './figure.ts';

export interface RecallFigures {
  facts: number;
  p50Ms: number;
  p95Ms: number;
  /** Of the questions, those whose own fact was among the six recalled. */
  found: number;
  note: string;
  /** From saying something to its being found, the embedding included. */
  rememberedP95Ms: number;
}

const own = 10_000;
const others = 20;
const ofEachOther = 200;
/** Every nth fact is really embedded, and asked for; the others get mixtures of those vectors: the scan is the same. */
const everyNth = 10;
const asked = 200;
const warmingUp = 20;
const said = 60;

const things =
  'gate safe locker archive printer scanner projector van bicycle kettle heater cabinet drawer server router camera badge parcel folder meter'.split(
    ' ',
  );
const places =
  'Lyon Ghent Porto Turin Malmö Graz Bergen Leeds Split Tartu Izmir Cork Bilbao Brno Lugano Kaunas Varna Nantes Bari Tampere Zadar Riga Aarhus Basel Trier'.split(
    ' ',
  );
const details = 'code number key owner colour'.split(' ');

export const textOf = (i: number): string =>
  `The ${details[i % 5]} of the ${things[Math.floor(i / 5) % 20]} in ${places[Math.floor(i / 100) % 25]} ${Math.floor(i / 2_500)} is ${(i * 7_919) % 100_003}.`;
export const questionOf = (i: number): string =>
  `What is the ${details[i % 5]} of the ${things[Math.floor(i / 5) % 20]} in ${places[Math.floor(i / 100) % 25]} ${Math.floor(i / 2_500)}?`;

export async function recallBench(): Promise<RecallFigures> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-recall-'));
  const store = await openStore(home);
  const pebble = await startPebble();
  const memory = createMemory({ facts: store.memory, model: pebble.model, clock: { now: () => Date.now() } });
  try {
    const asker: Person = { id: 1, name: 'ada', role: 'admin', createdAt: 0 };
    await memory.recall(asker, 'Who is there?'); // the embedder is up, and known to the store
    const { digest } = pebble.model.embedding;
    const vectors = await mixedVectors((texts) => pebble.model.embed(texts));
    const fact = (i: number, owner: number): NewFact => ({
      ...{ owner, saidBy: 'ada', scope: 'mine', text: textOf(i), subject: subjectOf(textOf(i)), saidAt: i },
      ...{ sessionId: null, messageId: null, origin: 'owner', embedded: { digest, vector: vectors(i) } },
    });
    const all = Array.from({ length: own }, (_, i) => fact(i, asker.id));
    for (let other = 2; other < 2 + others; other += 1) {
      all.push(...Array.from({ length: ofEachOther }, (_, i) => fact(i * 50, other)));
    }
    for (let from = 0; from < all.length; from += 500)
      await store.memory.remember(all.slice(from, from + 500));
    await store.store.checkpoint();
    const figures = await ask((question) => memory.recall(asker, question));
    return { ...figures, rememberedP95Ms: quantile(await say(memory, asker), 0.95) };
  } finally {
    await memory.close();
    await pebble.stop();
    await store.close();
    rmSync(home, { recursive: true });
  }
}

/** How long it takes until what was said is found; it is looked for at once. */
async function say(memory: Memory, asker: Person): Promise<number[]> {
  const took: number[] = [];
  for (let i = -5; i < said; i += 1) {
    const name = `Zorba${(i + 5) * 7}`;
    const from = performance.now();
    await memory.heed(asker, {
      ...{ text: `Remember that the password of ${name} is K${i}-44.`, sessionId: 's', messageId: i + 6 },
    });
    const ms = performance.now() - from;
    const recalled = await memory.recall(asker, `What is the password of ${name}?`);
    if (!recalled.some(({ fact }) => fact.text.includes(name))) throw new Error(`${name} was not found`);
    if (i >= 0) took.push(ms);
    await wait(2);
  }
  return took;
}

async function ask(
  recall: (question: string) => Promise<{ fact: { text: string } }[]>,
): Promise<Omit<RecallFigures, 'rememberedP95Ms'>> {
  const took: number[] = [];
  let found = 0;
  for (let n = -warmingUp; n < asked; n += 1) {
    const i = ((n + warmingUp) * everyNth * 37) % own;
    const question = questionOf(i);
    const from = performance.now();
    const recalled = await recall(question);
    if (n < 0) continue;
    took.push(performance.now() - from);
    if (recalled.some(({ fact }) => fact.text === textOf(i))) found += 1;
    await wait(2); // people pause between questions
  }
  return {
    facts: own,
    p50Ms: quantile(took, 0.5),
    p95Ms: quantile(took, 0.95),
    found: found / asked,
    note: `${asked} questions, their own fact among the six in ${found}; ${others} other people with ${ofEachOther} facts each`,
  };
}

async function mixedVectors(
  embed: (texts: readonly string[]) => Promise<Float32Array[]>,
): Promise<(i: number) => Float32Array> {
  const real: Float32Array[] = [];
  for (let i = 0; i < own; i += everyNth * 20) {
    real.push(...(await embed(Array.from({ length: 20 }, (_, n) => textOf(i + n * everyNth)))));
  }
  return (i) => {
    const at = Math.floor(i / everyNth);
    const a = real[at % real.length];
    const b = real[(at * 31 + 7) % real.length];
    if (!a || !b) throw new Error('nothing was embedded');
    return i % everyNth === 0 ? a : between(a, b, (i % everyNth) / (everyNth + 1));
  };
}

function between(a: Float32Array, b: Float32Array, share: number): Float32Array {
  const mixed = a.map((number, i) => number * (1 - share) + (b[i] ?? 0) * share);
  const length = Math.hypot(...mixed);
  return mixed.map((number) => number / length);
}
