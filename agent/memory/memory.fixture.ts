/** For tests: a memory on a real database in a folder of its own, people, and an embedder that needs no weights. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import { openDatabase } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import type { Embedding } from './embedding.ts';
import { factsSchema, openFacts } from './facts.ts';
import { createMemory } from './memory.ts';

export const ada: Person = { id: 1, name: 'ada', role: 'admin', createdAt: 0 };
export const bob: Person = { id: 2, name: 'bob', role: 'member', createdAt: 0 };
export const eve: Person = { id: 3, name: 'eve', role: 'member', createdAt: 0 };

/** Texts are near when they share pieces of words. */
export class FakeEmbedder implements Embedding {
  embedding: { dimensions: number; digest: string };
  /** Set: it is away. */
  refusal: Refusal | undefined;
  /** Every text that was embedded. */
  readonly texts: string[] = [];

  constructor(digest = 'one', dimensions = 512) {
    this.embedding = { dimensions, digest };
  }

  goAway(): void {
    this.refusal = new Refusal('model-loading', 'The model is loading; try again soon.');
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    if (this.refusal) throw this.refusal;
    this.texts.push(...texts);
    return texts.map((text) => pieceVector(text, this.embedding.dimensions));
  }
}

export function pieceVector(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/\p{Script=Han}+|[\p{L}\p{N}]+/gu) ?? [text]) {
    const size = /\p{Script=Han}/u.test(word) ? 2 : 4;
    for (let i = 0; i < Math.max(1, word.length - size + 1); i += 1)
      addPiece(vector, word.slice(i, i + size));
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((number) => number / length);
}

/** Up or down, so that unrelated texts are at right angles. */
function addPiece(vector: Float32Array, piece: string): void {
  let hash = 7;
  for (const letter of piece) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003;
  const at = hash % vector.length;
  vector[at] = (vector[at] ?? 0) + (hash % 2 === 0 ? 1 : -1);
}

/** The functions of the store's thread, without the thread. */
export const asRemote = (facts: ReturnType<typeof openFacts>): Store['memory'] =>
  new Proxy(facts, {
    get: (target, name) => {
      const run = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return async (...args: unknown[]) => structuredClone(run(...structuredClone(args)));
    },
  }) as unknown as Store['memory'];

export function openMemory(folder = mkdtempSync(join(tmpdir(), 'rockpool-memory-'))) {
  const file = join(folder, 'memory.db');
  const db = openDatabase(file, factsSchema);
  /** Who is in which group. */
  const groups = new Map<number, Person[]>();
  const table = openFacts(db, {
    of: (personId) =>
      [...groups].flatMap(([id, people]) => (people.some((one) => one.id === personId) ? id : [])),
    all: () => [...groups.keys()],
  });
  const model = new FakeEmbedder();
  let now = 1_000;
  const clock = { now: () => (now += 1) };
  const memory = createMemory({ facts: asRemote(table), model, clock });
  let messageId = 0;
  return {
    ...{ folder, file, db, table, model, clock, memory, groups },
    /** A message in a session of one's own. */
    say(person: Person, text: string, sessionId = `s${person.id}`) {
      messageId += 1;
      return memory.heed(person, { text, sessionId, messageId });
    },
    async recalled(person: Person, question: string): Promise<string[]> {
      return (await memory.recall(person, question)).map(({ fact }) => fact.text);
    },
    async close({ keep = false } = {}): Promise<void> {
      await memory.close();
      db.close();
      if (!keep) rmSync(folder, { recursive: true });
    },
  };
}

export type OpenMemory = ReturnType<typeof openMemory>;
