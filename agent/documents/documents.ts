/** What people add to be read: taken in, read and indexed in the background, found, shown, deleted. */
import { dirname } from 'node:path';
import {
  type Document,
  type DocumentVersion,
  type Group,
  maxDocumentBytes,
  type PassageView,
} from '@rockpool/protocol/documents';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import { matchQuery } from '../host/words.ts';
import type { Model } from '../inference/model.ts';
import type { Store } from '../store/store.ts';
import type { DocumentFilter } from './document-filter.ts';
import { readingProgress, type StoredDocument } from './document-rows.ts';
import { createFolderShelf, demandGroup } from './folder-shelf.ts';
import { type FolderTimes, folderTimes, startFolders } from './folders.ts';
import { removedAtOnce, startIndexing } from './indexing.ts';
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
  /** Below these the page may name folders to watch. */
  places?: readonly string[];
  times?: FolderTimes;
  /** What documents may take together: of one person, of one group, of the office. */
  quotaBytes?: Readonly<Record<Document['scope'], number>>;
}

const usualQuota: Readonly<Record<Document['scope'], number>> = { mine: 10e9, group: 25e9, office: 100e9 };

export interface SearchOptions extends DocumentFilter {
  limit?: number;
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
  const quota = parts.quotaBytes ?? usualQuota;
  const shown = (document: StoredDocument): Document => {
    const { ownerId: _, sha256: __, generation: ___, folderId: ____, ...rest } = document;
    const share = document.status === 'parsing' ? indexing.readShare(document.id) : undefined;
    return share === undefined ? rest : { ...rest, progress: readingProgress(share) };
  };
  const mustGet = async (person: Person, id: number): Promise<StoredDocument> => {
    const document = await table.get(person.id, id);
    if (!document) throw new Refusal('not-found', 'There is no such document; it may have been deleted.');
    return document;
  };
  const mustBeChangeable = async (person: Person, id: number, what: string): Promise<StoredDocument> => {
    const document = await mustGet(person, id);
    if (document.folder !== null)
      throw new Refusal('forbidden', `It is kept in step with ${document.folder}; ${what} it there.`);
    if (document.ownerId === person.id || (document.scope !== 'mine' && person.role === 'admin'))
      return document;
    throw new Refusal('forbidden', `Only ${document.owner} or an administrator may ${what} this document.`);
  };
  const mustBeSharable = async (person: Person, scope: Document['scope'], group: number | null) => {
    demandGroup(scope, group);
    if (person.role === 'admin') return;
    if (scope === 'office')
      throw new Refusal(
        'forbidden',
        'Only an administrator may add documents for everyone; add it for yourself.',
      );
    if (group !== null && !(await table.isMember(person.id, group)))
      throw new Refusal('not-found', 'There is no such group, or you are not in it.');
  };

  /**
   * What is received is kept and noted, or gone. In turn with deletions: the same bytes may be going just now.
   * @param note says in the database what the bytes are
   */
  const keep = async <T>(
    content: AsyncIterable<Uint8Array>,
    note: (received: { sha256: string; bytes: number }) => Promise<T>,
  ): Promise<T> => {
    const received = await files.receive(content, maxBytes);
    return await inTurn(async () => {
      await files.keep(received);
      return await note(received);
    }).catch(async (cause: unknown) => {
      await files.drop(received);
      await inTurn(() => dropUnheld(received.sha256));
      throw cause;
    });
  };
  const dropUnheld = async (sha256: string): Promise<void> => {
    if (!(await table.isHeld(sha256))) await files.remove(sha256);
  };
  /** Of a document that nobody sees any more. */
  const finishRemoval = async (id: number): Promise<void> => {
    indexing.stop(id);
    while (await table.removeSome(id, removedAtOnce)) {}
    await inTurn(async () => {
      const { unneeded } = await table.remove(id);
      if (unneeded !== null) await files.remove(unneeded);
    });
    indexing.erase();
  };
  const remove = async (id: number): Promise<void> => {
    await table.leave(id);
    await finishRemoval(id);
  };

  const folders = startFolders({
    ...{ table, clock, maxBytes, finishRemoval, report: parts.report, times: parts.times ?? folderTimes },
    take: (folder, file, content) =>
      keep(content, async ({ sha256, bytes }) => {
        const name = safeName(file.path);
        const taken = await table.takeFile(folder.id, {
          ...{ path: file.path, stamp: file.stamp, name, sha256, bytes },
          ...{ at: clock.now(), quotaBytes: quota[folder.scope] },
        });
        if (taken?.unneeded) await files.remove(taken.unneeded);
        if (taken?.changed) indexing.wake();
        return taken;
      }),
  });
  const shelf = createFolderShelf({
    ...{ table, folders, clock, finishRemoval },
    ...{ home: dirname(parts.folder), places: parts.places ?? [] },
  });
  // What a power cut left half deleted, before anything is compared with folders.
  const begun = shelf.finish().then(async () => {
    for (const { id } of await table.listFolders()) folders.follow(id);
  });
  const beginning = begun.catch(parts.report);

  return {
    maxBytes,

    /** Answers as soon as the file is safe on disk; reading it goes on in the background. */
    async accept(
      person: Person,
      name: string,
      stream: AsyncIterable<Uint8Array>,
      scope: Document['scope'],
      group: number | null = null,
    ): Promise<Document> {
      await mustBeSharable(person, scope, group);
      const document = await keep(stream, ({ sha256, bytes }) =>
        table.add({
          ...{ ownerId: person.id, owner: person.name, scope, groupId: group, sha256, bytes },
          ...{ name: safeName(name), addedAt: clock.now(), quotaBytes: quota[scope] },
        }),
      );
      indexing.wake();
      return shown(document);
    },

    /** A new version: what stayed the same keeps its place in answers that cited it, and is not embedded again. */
    async replace(
      person: Person,
      id: number,
      name: string,
      stream: AsyncIterable<Uint8Array>,
    ): Promise<Document> {
      await mustBeChangeable(person, id, 'replace');
      const document = await keep(stream, async ({ sha256, bytes }) => {
        // Once more: it may have been deleted or shared anew while the file came in.
        const { scope } = await mustBeChangeable(person, id, 'replace');
        indexing.stop(id);
        const replaced = await table.replace(id, {
          ...{ name: safeName(name), sha256, bytes, by: person.name, at: clock.now() },
          quotaBytes: quota[scope],
        });
        if (replaced.unneeded !== null) await files.remove(replaced.unneeded);
        return replaced.document;
      });
      indexing.wake();
      return shown(document);
    },

    /** From the next question on. */
    async share(
      person: Person,
      id: number,
      scope: Document['scope'],
      group: number | null = null,
    ): Promise<Document> {
      await mustBeChangeable(person, id, 'share');
      await mustBeSharable(person, scope, group);
      const document = await table.share(id, { scope, groupId: group });
      indexing.wake();
      return shown(document);
    },

    /** Newest first. */
    async versions(person: Person, id: number): Promise<DocumentVersion[]> {
      return await table.versions((await mustGet(person, id)).id);
    },

    /** Those the person is in; an administrator has all of them. */
    groups: async (person: Person): Promise<Group[]> =>
      await table.listGroups(...(person.role === 'admin' ? [] : [person.id])),
    addGroup: (name: string, members: readonly number[]): Promise<Group> => table.addGroup(name, members),
    changeGroup: (id: number, change: { name?: string; members?: readonly number[] }): Promise<Group> =>
      table.changeGroup(id, change),
    async removeGroup(id: number): Promise<void> {
      await table.removeGroup(id);
      indexing.wake();
    },

    folders: {
      list: shelf.list,
      add: shelf.add,
      async share(...asked: Parameters<typeof shelf.share>) {
        const folder = await shelf.share(...asked);
        indexing.wake();
        return folder;
      },
      remove: shelf.remove,
      look: shelf.look,
      /** Until nothing is being looked at. */
      async settled(): Promise<void> {
        await beginning;
        await folders.settled();
      },
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

    /** When it returns, it is gone: rows, words, vectors and file; its pages were overwritten. */
    async remove(person: Person, id: number): Promise<void> {
      await remove((await mustBeChangeable(person, id, 'delete')).id);
    },

    /** Takes what a person added for themselves; what they added for others stays. */
    async removePerson(personId: number): Promise<void> {
      await shelf.removePerson(personId);
      for (const { id, ownerId, scope } of await table.list(personId)) {
        if (ownerId === personId && scope === 'mine') await remove(id);
      }
      await table.leaveGroups(personId);
    },

    /**
     * The passage with its neighbours; null when there is none, or not for this person.
     * @throws Refusal `gone` when a newer version of its document no longer has it
     */
    async passageView(person: Person, passageId: number): Promise<PassageView | null> {
      const found = await table.passagesAround(person.id, passageId, neighbours);
      if (found) return { document: shown(found.document), passages: found.passages, cited: passageId };
      const was = await table.passageGone(person.id, passageId);
      if (!was) return null;
      const day = new Date(was.at).toISOString().slice(0, 10);
      throw new Refusal(
        'gone',
        `${was.name} was changed on ${day} (version ${was.version}), and this passage is no longer in it.`,
      );
    },

    /** What bears on a question, best first; nothing when nothing does. Of documents that are named, at least their beginnings. */
    async search(person: Person, question: string, options: SearchOptions = {}): Promise<FoundPassage[]> {
      const { limit = defaultLimit, vector: known, ...filter } = options;
      const { documents } = filter;
      const vector = known ?? (await vectorOf(question, model));
      const found = await table.search({
        personId: person.id,
        words: matchQuery(question, { any: true }),
        meaning: vector ? { digest: model.embedding.digest, vector } : null,
        limit,
        floor: documents ? noFloor : floor,
        ...filter,
      });
      return documents && found.length === 0 ? await table.beginnings(person.id, documents, limit) : found;
    },

    tooLarge: (): Refusal => tooLarge(maxBytes),

    /** Ends the background work; it goes on at the next start. */
    async close(): Promise<void> {
      await folders.close();
      await beginning;
      await indexing.close();
    },
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
