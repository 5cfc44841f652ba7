/** What people add to be read: taken in, read and indexed in the background, found, shown, deleted. */
import { type Document, maxDocumentBytes, type PassageView } from '@rockpool/protocol/documents';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import { matchQuery } from '../host/words.ts';
import type { Model } from '../inference/model.ts';
import type { Store } from '../store/store.ts';
import { readingProgress, type StoredDocument } from './document-rows.ts';
import { startIndexing } from './indexing.ts';
import { type ParserLimits, parserLimits } from './parser.ts';
import type { FoundPassage } from './passage-search.ts';
import { passageLetters } from './passages.ts';
import { storedFiles, tooLarge } from './stored-files.ts';

export interface DocumentsParts {
  store: Store['documents'];
  model: Pick<Model, 'ready' | 'embed' | 'embedding' | 'about'>;
  /** Where the files are kept; created when absent. */
  folder: string;
  clock: Clock;
  /** Told once for each failure of the background work that is the device's own. */
  report(error: unknown): void;
  limits?: ParserLimits;
  maxBytes?: number;
  /** How long a passage is; see `passages.ts`. */
  passageLetters?: number;
}

export interface SearchOptions {
  limit?: number;
  /** Look only into these. */
  documents?: readonly number[];
  /** The question's vector, when it is known already. */
  vector?: Float32Array;
}

/**
 * Cosines below which a passage is noise, with a word in common and without. Measured with the built-in embedder on an
 * English and Chinese handbook in passages of 100 to 440 letters: what answers lay at 0.23 to 0.58 (2 of 30 below),
 * what only shared a word mostly below 0.2, and questions about anything else came as near as 0.42.
 */
const floor = { withWords: 0.2, alone: 0.45 };
/** For documents that were named: the person has said already that they bear on it. */
const noFloor = { withWords: -1, alone: -1 };
const defaultLimit = 4;
const neighbours = 2;

export type Documents = Awaited<ReturnType<typeof createDocuments>>;

/** Goes on with what an earlier run left unfinished. */
export async function createDocuments(parts: DocumentsParts) {
  const { store: table, model, clock } = parts;
  const maxBytes = parts.maxBytes ?? maxDocumentBytes;
  const files = storedFiles(parts.folder);
  await files.sweep(new Set(await table.hashes()));
  const indexing = startIndexing({
    ...{ table, model, files, report: parts.report },
    limits: parts.limits ?? parserLimits,
    passageLetters: parts.passageLetters ?? passageLetters,
  });
  indexing.wake();

  const inTurn = oneAfterTheOther();
  const shown = (document: StoredDocument): Document => {
    const { ownerId: _, sha256: __, ...rest } = document;
    const share = document.status === 'parsing' ? indexing.readShare(document.id) : undefined;
    return share === undefined ? rest : { ...rest, progress: readingProgress(share) };
  };
  const mustGet = async (person: Person, id: number): Promise<StoredDocument> => {
    const document = await table.get(person.id, id);
    if (!document) throw new Refusal('not-found', 'There is no such document; it may have been deleted.');
    return document;
  };
  /** In turn with `accept`: the same bytes may be coming in again just now. */
  const removeStored = ({ id, sha256 }: StoredDocument): Promise<void> =>
    inTurn(async () => {
      indexing.stop(id);
      const { lastHolder } = await table.remove(id);
      if (lastHolder) await files.remove(sha256);
      indexing.erase();
    });

  return {
    maxBytes,

    /** Answers as soon as the file is safe on disk; reading it goes on in the background. */
    async accept(
      person: Person,
      name: string,
      stream: AsyncIterable<Uint8Array>,
      scope: Document['scope'],
    ): Promise<Document> {
      if (scope === 'office' && person.role !== 'admin') {
        throw new Refusal(
          'forbidden',
          'Only an administrator may add documents for everyone; add it for yourself.',
        );
      }
      const received = await files.receive(stream, maxBytes);
      const { sha256, bytes } = received;
      const document = await inTurn(async () => {
        await files.keep(received);
        return await table.add({
          ...{ ownerId: person.id, owner: person.name, scope, sha256, bytes },
          name: safeName(name),
          addedAt: clock.now(),
        });
      }).catch(async (cause: unknown) => {
        await files.drop(received);
        throw cause;
      });
      indexing.wake();
      return shown(document);
    },

    /** What the person may see, newest first. */
    async list(person: Person): Promise<Document[]> {
      return (await table.list(person.id)).map(shown);
    },

    async get(person: Person, id: number): Promise<Document> {
      return shown(await mustGet(person, id));
    },

    /** Where the file lies, as it was added. */
    async file(person: Person, id: number): Promise<{ path: string; name: string; bytes: number }> {
      const { sha256, name, bytes } = await mustGet(person, id);
      return { path: files.pathOf(sha256), name, bytes };
    },

    async remove(person: Person, id: number): Promise<void> {
      const document = await mustGet(person, id);
      const may = document.ownerId === person.id || (document.scope === 'office' && person.role === 'admin');
      if (!may) {
        throw new Refusal(
          'forbidden',
          `Only ${document.owner} or an administrator may delete this document.`,
        );
      }
      await removeStored(document);
    },

    /** Takes what a person added for themselves; what they added for the office stays. */
    async removePerson(personId: number): Promise<void> {
      for (const document of await table.list(personId)) {
        if (document.ownerId === personId && document.scope === 'mine') await removeStored(document);
      }
    },

    /** The passage with its neighbours; null when there is none, or not for this person. */
    async passageView(person: Person, passageId: number): Promise<PassageView | null> {
      const found = await table.passagesAround(person.id, passageId, neighbours);
      return found && { document: shown(found.document), passages: found.passages, cited: passageId };
    },

    /** What bears on a question, best first; nothing when nothing does. Of documents that are named, at least their beginnings. */
    async search(person: Person, question: string, options: SearchOptions = {}): Promise<FoundPassage[]> {
      const { documents, limit = defaultLimit } = options;
      const vector = options.vector ?? (await vectorOf(question, model));
      const found = await table.search({
        personId: person.id,
        words: matchQuery(question, { any: true }),
        meaning: vector ? { digest: model.embedding.digest, vector } : null,
        limit,
        floor: documents ? noFloor : floor,
        ...(documents ? { documents } : {}),
      });
      return documents && found.length === 0 ? await table.beginnings(person.id, documents, limit) : found;
    },

    tooLarge: (): Refusal => tooLarge(maxBytes),

    /** Ends the background work; it goes on at the next start. */
    close: (): Promise<void> => indexing.close(),
  };
}

/** A model that has no time now says so itself when it is to answer; until then words find what they can. */
async function vectorOf(question: string, model: Pick<Model, 'embed'>): Promise<Float32Array | undefined> {
  try {
    return (await model.embed([question]))[0];
  } catch (cause) {
    if (cause instanceof Refusal) return undefined;
    throw cause;
  }
}

/** Runs what it is given one after the other. */
function oneAfterTheOther() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
}

/** A name to be shown: no folders, no control characters, nothing that turns the direction of writing. */
export function safeName(name: string): string {
  const base = name.normalize('NFC').replaceAll('\\', '/').split('/').at(-1) ?? '';
  const clean = base
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '')
    .trim();
  return [...clean].slice(0, 200).join('') || 'document';
}
