/** The work behind the page: reads what was added, then gives each passage its vector. All that is known of it is in the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Model } from '../inference/model.ts';
import type { Store } from '../store/store.ts';
import type { StoredDocument } from './document-rows.ts';
import type { PassageToEmbed } from './documents-table.ts';
import type { ReadEvent } from './parse/messages.ts';
import { type ParserLimits, readPassages } from './parser.ts';
import type { StoredFiles } from './stored-files.ts';

export interface IndexingParts {
  table: Store['documents'];
  model: Pick<Model, 'ready' | 'about' | 'embed' | 'embedding'>;
  files: StoredFiles;
  limits: ParserLimits;
  passageLetters: number;
  /** Told once for each failure that is the device's own; the document waits for the next start. */
  report(error: unknown): void;
}

/** Few at once, so that whoever asks something meanwhile is answered in between. */
const passagesAtOnce = 16;
/** Deleted or filed anew in one call of the store; with the words' pages rewritten, each takes up to 2 ms. */
export const removedAtOnce = 16;
const retryMs = 2_000;
/** Somebody may have made room by then. */
const fullMs = 30_000;

export interface Indexing {
  /** There is something new to do. */
  wake(): void;
  /** How much of a document has been read, from 0 to 1; undefined when it is not being read. */
  readShare(documentId: number): number | undefined;
  /** Ends the reading of a document that is being deleted. */
  stop(documentId: number): void;
  /** Something was deleted: its words are to go from the index as well. */
  erase(): void;
  close(): Promise<void>;
}

export function startIndexing(parts: IndexingParts): Indexing {
  const closing = new AbortController();
  let reading: { id: number; share: number; stop: AbortController } | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let waitingForModel = false;
  let retry: NodeJS.Timeout | undefined;
  // At the start too: power may have been cut before the last deletion was through.
  let erasing: 'no' | 'begun' | 'to begin' | 'giving back' = 'to begin';

  const read = async (document: StoredDocument): Promise<void> => {
    const stop = new AbortController();
    reading = { id: document.id, share: 0, stop };
    try {
      const onShare = (share: number): void => {
        if (reading) reading.share = share;
      };
      await readDocument(document, parts, onShare, AbortSignal.any([closing.signal, stop.signal]));
    } catch (cause) {
      // Neither is the document's fault.
      if (closing.signal.aborted || isFull(cause)) await parts.table.putOff(document);
      if (!stop.signal.aborted) throw cause;
    } finally {
      reading = undefined;
    }
  };

  /** Who may see what comes first; reading goes before embedding: what was read is found by its words at once. */
  const step = async (): Promise<boolean> => {
    if (await parts.table.refileSome(removedAtOnce)) {
      erasing = 'to begin';
      return true;
    }
    const document = await parts.table.startParsing();
    if (document) {
      await read(document);
      erasing = 'to begin';
      return true;
    }
    // Until then documents are read and found by their words.
    if (await embedSome(parts, whenModelIsReady, closing.signal)) return true;
    if (await parts.table.retireUnreadable(removedAtOnce)) {
      erasing = 'to begin';
      return true;
    }
    return await eraseSome();
  };

  /** Meanwhile more may have been deleted: then it begins again. */
  const eraseSome = async (): Promise<boolean> => {
    const stage = erasing;
    if (stage === 'no') return false;
    if (stage === 'giving back') {
      const isMore = await parts.table.giveBackSome();
      if (!isMore && erasing === stage) erasing = 'no';
      return true;
    }
    erasing = 'begun';
    const isMore = await parts.table.eraseSome(stage === 'to begin');
    if (!isMore && erasing === 'begun') erasing = 'giving back';
    return true;
  };

  const run = async (): Promise<void> => {
    do {
      again = false;
      try {
        while (!closing.signal.aborted && (await step())) {}
      } catch (cause) {
        if (closing.signal.aborted) break;
        parts.report(cause);
        if (isFull(cause)) retry = setTimeout(wake, fullMs);
      }
    } while (again && !closing.signal.aborted);
    running = undefined;
  };

  const wake = (): void => {
    again = true;
    if (!closing.signal.aborted) running ??= run();
  };
  /** Asked for only when there is something to embed: asking is what starts a model that is started on demand. */
  const whenModelIsReady = (): void => {
    if (waitingForModel) return;
    waitingForModel = true;
    void parts.model.ready.then(() => {
      waitingForModel = false;
      wake();
    }, parts.report);
  };

  return {
    wake,
    readShare: (documentId) => (reading?.id === documentId ? reading.share : undefined),
    stop(documentId) {
      if (reading?.id === documentId) reading.stop.abort();
    },
    erase() {
      erasing = 'to begin';
      wake();
    },
    async close() {
      closing.abort();
      clearTimeout(retry);
      await running;
    },
  };
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(?:SQLITE_FULL|ENOSPC)$/.test(String(error.code));

async function readDocument(
  document: StoredDocument,
  { table, files, limits, passageLetters }: IndexingParts,
  onShare: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { name, sha256 } = document;
  let pages: number | null = null;
  const keep = async (event: ReadEvent): Promise<void> => {
    switch (event.type) {
      case 'kind':
        pages = event.pages;
        await table.setKind(document, event.kind);
        return;
      case 'passages':
        await table.addPassages(document, event.passages);
        onShare((event.passages.at(-1)?.page ?? 0) / (pages ?? 1));
        return;
      case 'read':
        // What this version no longer says; first, so that nothing of it is found in a document that is ready.
        while (await table.retireSome(document, removedAtOnce)) signal.throwIfAborted();
        await table.setRead(document, pages);
        return;
      case 'problem':
        await table.setFailed(document, event.problem, event.sentence);
    }
  };
  for await (const event of readPassages(
    { file: files.pathOf(sha256), name, passageLetters },
    limits,
    signal,
  )) {
    await keep(event);
  }
}

/** False when there is nothing to embed, or nothing to do it with yet: then documents are found by their words alone. */
async function embedSome(
  { table, model }: IndexingParts,
  whenModelIsReady: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  const { embedding } = model;
  // No weights could be read; the vectors that there are may fit the next ones.
  if (embedding.dimensions === 0) return false;
  // Another embedder than last time: all vectors are made anew.
  await table.useEmbedder(embedding);
  const passages = await table.toEmbed(passagesAtOnce);
  if (passages.length === 0) return false;
  if (!model.about()) {
    whenModelIsReady();
    return false;
  }
  const vectors = await embedPatiently(passages, model, signal);
  await table.setVectors(
    embedding.digest,
    passages.flatMap(({ id }, i) => (vectors[i] ? [{ passageId: id, vector: vectors[i] }] : [])),
  );
  return true;
}

/** A model that is busy, loading, or being started again will have time later. */
async function embedPatiently(
  passages: readonly PassageToEmbed[],
  model: IndexingParts['model'],
  signal: AbortSignal,
): Promise<Float32Array[]> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await model.embed(passages.map(embeddedText));
    } catch (cause) {
      if (!(cause instanceof Refusal) || !patient.has(cause.code)) throw cause;
      await sleep((cause.detail.retryAfterS ?? 0) * 1_000 || retryMs, undefined, { signal });
    }
  }
}

const patient: ReadonlySet<string> = new Set<Refusal['code']>(['busy', 'model-loading', 'model-failed']);

/** A passage means more under its headings. */
const embeddedText = ({ heading, text }: PassageToEmbed): string =>
  heading === '' ? text : `${heading}\n${text}`;
