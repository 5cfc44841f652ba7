/** How long documents take: a book of 500 pages and a shelf of 10,000, read while others ask; a new version; a deletion. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Person } from '@rockpool/protocol/people';
import { PDFDocument, StandardFonts } from 'pdf-lib';
import { createDocuments, type Documents, type DocumentsParts } from '../agent/documents/documents.ts';
import { startPebble } from '../agent/inference/start-pebble.ts';
import { openStore, type Store } from '../agent/store/store.ts';
import { type Figure, quantile } from './figure.ts';

export const ada: Person = { id: 1, name: 'ada', role: 'admin', createdAt: 0 };
export const bookPages = 500;
const shelfBooks = 20;
const linesOfPage = 34;

const words =
  'invoice delivery meeting contract holiday printer supplier budget office visitor storage heating alarm elevator window parcel training signature deadline refund quality customer machine report kitchen archive server garden bicycle'.split(
    ' ',
  );
const lineOf = (book: number, page: number, line: number): string => {
  const pick = (n: number): string =>
    words[(book * 7 + page * 13 + line * 5 + n * n * 3) % words.length] ?? '';
  return `The ${pick(1)} of the ${pick(2)} on shelf ${page}-${line} is for ${pick(3)} and ${pick(4)}, number ${(book * 7_919 + page * 104 + line) % 10_007}.`;
};

export async function bookOf(book: number, changedPage?: number): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  for (let page = 1; page <= bookPages; page += 1) {
    const sheet = pdf.addPage([595, 842]);
    for (let line = 0; line < linesOfPage; line += 1) {
      const text = lineOf(page === changedPage ? book + 1 : book, page, line);
      sheet.drawText(text, { x: 40, y: 800 - line * 22, size: 9, font });
    }
  }
  return await pdf.save();
}

interface Shelf {
  documents: Documents;
  store: Store;
  embedded(): number;
  close(): Promise<void>;
}

async function openShelf(model: DocumentsParts['model']): Promise<Shelf> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-documents-bench-'));
  const store = await openStore(home);
  let embedded = 0;
  const counted: DocumentsParts['model'] = {
    ready: model.ready,
    about: () => model.about(),
    get embedding() {
      return model.embedding;
    },
    async embed(texts, ...more) {
      embedded += texts.length;
      return await model.embed(texts, ...more);
    },
  };
  const documents = await createDocuments({
    ...{ store: store.documents, model: counted, folder: join(home, 'documents') },
    clock: { now: () => Date.now() },
    report: (error) => {
      throw error;
    },
  });
  return {
    ...{ documents, store, embedded: () => embedded },
    async close() {
      await documents.close();
      await store.close();
      rmSync(home, { recursive: true });
    },
  };
}

/** How late the main thread was, and how long a question took that was asked again and again meanwhile. */
async function whileAsked(documents: Documents, work: () => Promise<void>) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const took: number[] = [];
  let isOver = false;
  const asking = (async () => {
    for (let n = 0; !isOver; n += 1) {
      const since = performance.now();
      await documents.search(
        ada,
        `Which ${words[n % words.length]} is for the ${words[(n * 3) % words.length]}?`,
      );
      took.push(performance.now() - since);
      await wait(20);
    }
  })();
  await wait(100);
  delay.enable();
  const since = performance.now();
  await work();
  const seconds = (performance.now() - since) / 1_000;
  delay.disable();
  isOver = true;
  await asking;
  // The timer that measures is itself due every millisecond.
  return {
    seconds,
    lagMs: delay.percentile(99) / 1e6 - 1,
    worstMs: delay.max / 1e6 - 1,
    askP95: quantile(took, 0.95),
  };
}

export async function read(documents: Documents, id: number): Promise<void> {
  for (;;) {
    const { status, problem } = await documents.get(ada, id);
    if (status === 'failed') throw new Error(problem ?? 'it could not be read');
    if (status === 'ready') return;
    await wait(20);
  }
}

export const content = (bytes: Uint8Array): AsyncIterable<Uint8Array> =>
  new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();

export async function* documentsBench(): AsyncGenerator<Figure> {
  const book = await bookOf(1);
  const changed = await bookOf(1, 250);
  const pebble = await startPebble();
  const shelf = await openShelf(pebble.model);
  const { documents } = shelf;
  try {
    let id = 0;
    const first = await whileAsked(documents, async () => {
      ({ id } = await documents.accept(ada, 'book.pdf', content(book), 'mine'));
      await read(documents, id);
    });
    const { passages } = await documents.get(ada, id);
    yield {
      ...{
        name: `${bookPages} pages indexed: event loop p99`,
        value: first.lagMs,
        unit: 'ms',
        reach: { atMost: 10 },
      },
      note: `worst ${first.worstMs.toFixed(0)} ms; ${passages} passages; asked meanwhile: p95 ${first.askP95.toFixed(0)} ms`,
    };
    yield { name: `${bookPages} pages: upload to the last vector`, value: first.seconds, unit: 's' };
    const before = shelf.embedded();
    const second = await whileAsked(documents, async () => {
      await documents.replace(ada, id, 'book.pdf', content(changed));
      await read(documents, id);
    });
    const asked = Math.ceil(second.seconds / 0.02);
    yield {
      ...{ name: 'one page changed: read again', value: second.seconds, unit: 's' },
      note: `of ${passages} passages ${Math.max(0, shelf.embedded() - before)} texts embedded, at most ${asked} of them questions`,
    };
    const gone = await whileAsked(documents, () => documents.remove(ada, id));
    yield {
      ...{ name: `${bookPages} pages deleted`, value: gone.seconds, unit: 's' },
      note: `event loop p99 ${gone.lagMs.toFixed(1)} ms; asked meanwhile: p95 ${gone.askP95.toFixed(0)} ms`,
    };
  } finally {
    await shelf.close();
    await pebble.stop();
  }
  yield* largeShelf();
}

/** Vectors that cost nothing, so that reading and filing is what is measured. */
async function* largeShelf(): AsyncGenerator<Figure> {
  const dimensions = 384;
  const shelf = await openShelf({
    ready: new Promise(() => {}),
    about: () => ({ id: 'none' }) as ReturnType<DocumentsParts['model']['about']>,
    embedding: { digest: 'bench', dimensions },
    embed: async (texts) => texts.map(cheapVector),
  });
  const { documents } = shelf;
  try {
    const figures = await whileAsked(documents, async () => {
      for (let book = 0; book < shelfBooks; book += 1) {
        const { id } = await documents.accept(ada, `book-${book}.pdf`, content(await bookOf(book)), 'office');
        await read(documents, id);
      }
    });
    const all = await documents.list(ada);
    const pages = all.reduce((sum, one) => sum + (one.pages ?? 0), 0);
    const passages = all.reduce((sum, one) => sum + one.passages, 0);
    yield {
      ...{ name: `${pages} pages on a shelf`, value: pages / figures.seconds, unit: 'pages/s' },
      note: `${passages} passages, without embedding, with the making of the files; asked meanwhile: p95 ${figures.askP95.toFixed(0)} ms`,
    };
    const gone = await whileAsked(documents, () => documents.remove(ada, all[0]?.id ?? 0));
    yield {
      ...{ name: `${bookPages} of ${pages} pages deleted`, value: gone.seconds, unit: 's' },
      note: `event loop p99 ${gone.lagMs.toFixed(1)} ms; asked meanwhile: p95 ${gone.askP95.toFixed(0)} ms`,
    };
  } finally {
    await shelf.close();
  }
}

function cheapVector(text: string): Float32Array {
  const vector = new Float32Array(384);
  let at = 7;
  for (let i = 0; i < text.length; i += 1) {
    at = (at * 31 + text.charCodeAt(i)) % 65_521;
    if (i % 3 === 0) vector[at % 384] = (vector[at % 384] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
