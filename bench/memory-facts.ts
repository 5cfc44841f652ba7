/** A hundred people with ten thousand facts each, as the agent keeps them: put, found by words and meaning, opened again. */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { createDocuments } from '../agent/documents/documents.ts';
import { fakeEmbedder } from '../agent/documents/fake-embedder.ts';
import type { NewFact } from '../agent/memory/fact-changes.ts';
import { openStore, type Store } from '../agent/store/store.ts';
import { clustered } from './clustered.ts';
import { ada, bookOf, bookPages, content, read } from './documents.ts';
import { type Figure, quantile } from './figure.ts';
import { collector, digest, dimensions, name } from './memory-vectors.ts';
import { questionOf, textOf } from './recall.ts';

const people = 100;
const each = 10_000;
const batch = 1_000;
const asked = 300;
const searches = 150;

/** In the memory of `home`, whose vectors are of `digest`. */
export async function* factFigures(home: string): AsyncGenerator<Figure> {
  const made = clustered(each, dimensions);
  // Everybody has the same vectors: the search takes as long as if they were a million.
  const vectors = Array.from({ length: each }, () => made.next().slice());
  let store = await openStore(home);
  let person = 0;
  let began = performance.now();
  for (const many of [1, 10, people]) {
    for (; person < many; person += 1) await put(store, person + 1, vectors);
    const tookMs = performance.now() - began;
    await store.store.checkpoint();
    const hybrid = await ask(store, many, () => made.question());
    yield {
      name: `${name(many * each)} facts of ${many}: recall by words and meaning, p50`,
      value: quantile(hybrid.wallMs, 0.5),
      unit: 'ms',
      ...(many === people ? { reach: { atMost: 4 } } : {}),
      note: `p95 ${quantile(hybrid.wallMs, 0.95).toFixed(2)}, CPU ${hybrid.cpuMs.toFixed(2)}; ${asked} questions through the store's thread, without embedding`,
    };
    yield {
      name: `${name(many * each)} facts of ${many}: remembered`,
      value: (many * each - (many === 1 ? 0 : (many / 10) * each)) / (tookMs / 1000),
      unit: '/s',
      ...(many === people ? { reach: { atLeast: 5_000 } } : {}),
      note: `since the line before; ${batch} in a transaction, synchronous=FULL; row, words, vector`,
    };
    began = performance.now();
  }
  await store.close();

  began = performance.now();
  store = await openStore(home);
  await recall(store, 7, 'What is the code of the gate in Lyon?', made.question());
  yield {
    name: `${name(people * each)} facts and as many vectors of one person: opened and asked once`,
    value: (performance.now() - began) / 1000,
    unit: 's',
    reach: { atMost: 2 },
  };
  yield* lagFigures(store, home, () => made.question());
  await store.close();
}

async function put(store: Store, owner: number, vectors: readonly Float32Array[]): Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  for (let from = 0; from < each; from += batch) {
    const facts = Array.from({ length: batch }, (_, i): NewFact => {
      const vector = vectors[(from + i) % vectors.length] ?? new Float32Array(dimensions);
      return {
        ...{ owner, saidBy: 'ada', scope: 'mine', text: textOf(from + i), subject: null, saidAt: from + i },
        ...{ sessionId: null, messageId: null, origin: 'owner', embedded: { digest, vector } },
      };
    });
    await last;
    // While the store writes these, the next are made.
    last = store.memory.remember(facts);
  }
  await last;
}

/** CPU: of all threads, the making of the questions included. */
async function ask(
  store: Store,
  many: number,
  vector: () => Float32Array,
): Promise<{ wallMs: number[]; cpuMs: number }> {
  const took: number[] = [];
  let before = process.cpuUsage();
  for (let i = -20; i < asked; i += 1) {
    const [question, asker, near] = [questionOf((i + 20) * 31), 1 + ((i + 20) % many), vector()];
    if (i === 0) before = process.cpuUsage();
    const from = performance.now();
    await recall(store, asker, question, near);
    if (i >= 0) took.push(performance.now() - from);
  }
  const { user, system } = process.cpuUsage(before);
  return { wallMs: took, cpuMs: (user + system) / 1_000 / asked };
}

async function recall(store: Store, asker: number, question: string, vector: Float32Array): Promise<void> {
  const worded = await store.memory.worded(asker, question);
  await store.memory.recall(
    asker,
    { worded, asked: question, embedded: { digest, vector }, at: Date.now() },
    6,
  );
}

/** How late the main thread's timers are while the store searches a million vectors, one question after another, and a book is read. */
async function* lagFigures(store: Store, home: string, vector: () => Float32Array): AsyncGenerator<Figure> {
  await recall(store, collector, 'gate', vector());
  const documents = await createDocuments({
    ...{ store: store.documents, model: fakeEmbedder(), folder: join(home, 'documents') },
    clock: { now: () => Date.now() },
    report: (error) => {
      throw error;
    },
  });
  const book = await bookOf(1);
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const { id } = await documents.accept(ada, 'book.pdf', content(book), 'mine');
  let isRead = false;
  const reading = read(documents, id).then(() => {
    isRead = true;
  });
  const took: number[] = [];
  const between: number[] = [];
  while (!isRead || took.length < searches) {
    const from = performance.now();
    const searching = recall(store, collector, 'gate', vector());
    await wait(1);
    // What someone else asks of the store meanwhile waits for the search.
    const other = performance.now();
    await store.people.isEmpty();
    between.push(performance.now() - other);
    await searching;
    took.push(performance.now() - from);
  }
  await reading;
  lag.disable();
  await documents.close();
  yield {
    name: `1M vectors searched through the store while a PDF of ${bookPages} pages is indexed: p50`,
    value: quantile(took, 0.5),
    unit: 'ms',
    note: `p95 ${quantile(took, 0.95).toFixed(1)}; another's call to the store meanwhile waits ${quantile(between, 0.5).toFixed(1)}, p95 ${quantile(between, 0.95).toFixed(1)}; ${took.length} searches; its passages are embedded at no cost`,
  };
  yield {
    name: 'event loop lag meanwhile, p99',
    value: lag.percentile(99) / 1e6 - 1,
    unit: 'ms',
    reach: { atMost: 10 },
  };
}
