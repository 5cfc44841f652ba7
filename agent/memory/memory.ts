/** What is known across sessions: heeds what people say, recalls what bears on a question, and shows each their own. */
import type { Fact, FactScope, FullFact, MemoryExport } from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import type { Store } from '../store/store.ts';
import { type AskedWhen, askedWhen } from './asked-when.ts';
import { createFactEmbedding, type Embedding } from './embedding.ts';
import { exportOf, importInto } from './exchange.ts';
import type { NewFact } from './fact-changes.ts';
import type { Narrowed } from './fact-filter.ts';
import type { Question } from './fact-index.ts';
import type { FactDraft } from './fact-rows.ts';
import type { Recalled } from './facts.ts';
import { createForgetting } from './forgetting.ts';
import { kindOf } from './kind.ts';
import { createLastSpokenOf } from './last-spoken-of.ts';
import { demandAdmin, demandMayChange } from './may.ts';
import { notice } from './notice.ts';
import type { Noticed } from './noticed.ts';
import { standalone } from './sentences.ts';
import { subjectOf } from './subject.ts';
import { validityOf } from './validity.ts';

export type { Recalled } from './facts.ts';

export interface Said {
  text: string;
  sessionId: string;
  messageId: number;
  /** The fact that the answer before this message cited, if one: what "No, it's 4472" would put right. */
  about?: number;
}

export interface Heeded {
  /** Also what was known already, word for word. */
  remembered: Fact[];
  superseded: Fact[];
  forgotten: Fact[];
  command: Noticed['command'];
}

export interface FactFilter extends Narrowed {
  /** Words; all of them must be there, or else the meaning be near. */
  q?: string | undefined;
  history?: boolean | undefined;
  /** Only facts older than this id, to go on where the last page ended. */
  before?: number | undefined;
  limit?: number | undefined;
}

export interface RecallOptions {
  limit?: number;
  signal?: AbortSignal;
  /** Nothing else is recalled. */
  narrowed?: Narrowed | undefined;
}

export interface MemoryParts {
  facts: Store['memory'];
  model: Embedding;
  clock: Clock;
}

export const maxListed = 10_000;

export type Memory = ReturnType<typeof createMemory>;

export function createMemory({ facts, model, clock }: MemoryParts) {
  const embedding = createFactEmbedding(facts, model);
  const forgetting = createForgetting(facts, embedding);
  const lastSpokenOf = createLastSpokenOf();

  async function remember(drafts: readonly Omit<NewFact, 'subject' | 'embedded'>[]) {
    if (drafts.length === 0) return [];
    const vectors = await embedding.vectors(drafts.map(({ text }) => text));
    return await facts.remember(
      drafts.map((draft, i) => ({ ...draft, subject: subjectOf(draft.text), embedded: vectors[i] })),
    );
  }

  /** At the same time: the vector is made in the model's process, the words are looked up in the store's thread. */
  async function understand(person: Person, asked: string, narrowed?: Narrowed): Promise<Question> {
    const [[embedded], worded] = await Promise.all([
      embedding.vectors([asked]),
      facts.worded(person.id, asked, narrowed),
    ]);
    return { asked, worded, embedded, at: clock.now(), narrowed };
  }

  /** What was said on the days that the question names. */
  async function saidThen(person: Person, { asked, everything, since, until }: AskedWhen, limit: number) {
    if (everything) {
      const all = await facts.list(person.id, { since, until, scope: 'mine', limit });
      const trusted = all.filter(({ origin }) => origin !== 'untrusted');
      return trusted.map((fact): Recalled => ({ fact, score: 1, words: 1, replaces: [] }));
    }
    return await facts.recall(person.id, await understand(person, asked, { since, until }), limit, true);
  }

  function draftOf(person: Person, text: string): Omit<FactDraft, 'subject'> {
    const saidAt = clock.now();
    return {
      ...{ owner: person.id, saidBy: person.name, scope: 'mine', text, saidAt, kind: kindOf(text) },
      ...{ sessionId: null, messageId: null, origin: 'owner', ...validityOf(text, saidAt) },
    };
  }

  /** @throws Refusal `not-found` for what is another's, as for what never was; `forbidden` for the office's */
  async function changeable(person: Person, id: number): Promise<Fact> {
    const fact = await facts.get(person.id, id);
    if (!fact) throw new Refusal('not-found', 'There is no such fact; it may have been forgotten.');
    await demandMayChange(facts, person, fact);
    return fact;
  }

  /** Whom it reaches from now on. What becomes the office's, or was, is an administrator's to decide. */
  async function share(person: Person, id: number, scope: FactScope, group?: number): Promise<Fact> {
    const fact = await changeable(person, id);
    if (fact.scope === scope && (scope !== 'group' || fact.groupId === group)) return fact;
    if (scope === 'office' || fact.scope === 'office') demandAdmin(person);
    const groupId = await sharedWith(person, scope, group);
    if (fact.supersededAt !== null) {
      throw new Refusal('conflict', 'That fact was replaced by a newer one; share the newer one.');
    }
    const moved = await facts.move(id, { scope, groupId, owner: person.id, at: clock.now() });
    if (!moved) throw new Refusal('not-found', 'There is no such fact; it may have been forgotten.');
    embedding.catchUp();
    return moved.fact;
  }

  /** @throws Refusal `not-found` for a group that the person isn't in, as for one that there isn't */
  async function sharedWith(person: Person, scope: FactScope, group: number | undefined) {
    if (scope !== 'group') return null;
    if (group === undefined) throw new Refusal('bad-request', 'Say which group it is for.');
    if (!(await facts.groupsOf(person.id)).includes(group))
      throw new Refusal('not-found', 'There is no such group, or you are not in it.');
    return group;
  }

  return {
    /** Does to the person's own memory what a message asks of it. Office facts are never made or lost by talking. */
    async heed(person: Person, { text, sessionId, messageId, about }: Said): Promise<Heeded> {
      const left = lastSpokenOf.take(person.id, sessionId);
      const last = about ?? left;
      const spokenOf = last === undefined ? undefined : await facts.get(person.id, last);
      const own = spokenOf?.scope === 'mine' && spokenOf.supersededAt === null ? spokenOf : undefined;
      const { command, remember: wanted, forget } = notice(text, own?.text);

      const forgotten = await forgetting.forget(person.id, forget, own);
      const stored = await remember(
        wanted.map(({ text: said, corrects }) => ({
          ...{ ...draftOf(person, said), sessionId, messageId },
          importance: command === 'remember' ? saidOutright : undefined,
          corrects: corrects ? own?.id : undefined,
        })),
      );
      const newest = stored.at(-1)?.fact;
      if (newest) lastSpokenOf.put(person.id, sessionId, newest.id);
      return {
        remembered: stored.map(({ fact }) => fact),
        superseded: stored.flatMap(({ superseded }) => superseded),
        forgotten,
        command,
      };
    },

    /**
     * What a model drew from a message: the agent's word, with that message as its evidence. What was said about the same
     * since, or is remembered in the same words, stays as it is.
     */
    async draw(
      person: Person,
      texts: readonly string[],
      { sessionId, messageId, saidAt }: { sessionId: string; messageId: number; saidAt: number },
    ): Promise<Fact[]> {
      const fresh: string[] = [];
      for (const text of texts) {
        const subject = subjectOf(text);
        const about = subject === null ? [] : await facts.ownAbout(person.id, subject);
        if (!about.some((fact) => fact.saidAt > saidAt)) fresh.push(text);
      }
      const stored = await remember(
        fresh.map((text) => ({
          ...{ owner: person.id, saidBy: person.name, scope: 'mine', text, saidAt, kind: kindOf(text) },
          ...{ sessionId, messageId, origin: 'agent', importance: drawn, recordedAt: clock.now() },
          ...validityOf(text, saidAt),
        })),
      );
      return stored.map(({ fact }) => fact);
    },

    /** What bears on a question, best first; nothing below the floor. Words alone decide while there is no embedder. */
    async recall(
      person: Person,
      said: string,
      { limit = 6, signal, narrowed }: RecallOptions = {},
    ): Promise<Recalled[]> {
      const asked = said.slice(0, askedChars);
      if (!sayable.test(asked)) return [];
      const when = narrowed ? undefined : askedWhen(asked, clock.now());
      if (when) {
        const then = await saidThen(person, when, limit);
        signal?.throwIfAborted();
        if (then.length > 0 || when.everything) return then;
      }
      const question = await understand(person, asked, narrowed);
      signal?.throwIfAborted();
      return await facts.recall(person.id, question, limit, true);
    },

    /** Of these, the facts that the person may be told today: neither forgotten, nor put right, nor another's. */
    holding: (person: Person, ids: readonly number[]): Promise<number[]> => facts.holding(person.id, ids),

    /** Newest first; with words, those that hold all of them, then those that mean it. */
    async list(person: Person, { q, limit = maxListed, ...filter }: FactFilter = {}): Promise<FullFact[]> {
      const words = q?.trim() ? q.trim().slice(0, askedChars) : undefined;
      const listed = await facts.list(person.id, { ...filter, words, limit: Math.min(limit, maxListed) });
      if (words === undefined || filter.before !== undefined || !sayable.test(words)) return listed;
      const { history: _, before: __, ...narrowed } = filter;
      const question = await understand(person, words, narrowed);
      const near = await facts.recall(person.id, question, searchedByMeaning);
      const ids = new Set(listed.map(({ id }) => id));
      const more = near.map(({ fact }) => fact.id).filter((id) => !ids.has(id));
      return [...listed, ...(await facts.full(person.id, more))].slice(0, limit);
    },

    /** @throws Refusal `forbidden` when one who is no admin adds to the office's memory */
    async add(
      person: Person,
      { text, scope, group }: { text: string; scope: FactScope; group?: number | undefined },
    ): Promise<Fact> {
      if (scope === 'office') demandAdmin(person);
      const groupId = await sharedWith(person, scope, group);
      const [stored] = await remember([{ ...draftOf(person, standalone(text)), scope, groupId }]);
      if (!stored) throw new Error('a fact was added and not stored');
      return stored.fact;
    },

    /** The new fact; the one it puts right becomes history. */
    async correct(person: Person, id: number, text: string): Promise<Fact> {
      const { scope, groupId, supersededAt } = await changeable(person, id);
      if (supersededAt !== null) {
        throw new Refusal('conflict', 'That fact was replaced by a newer one; correct the newer one.');
      }
      const draft = { ...draftOf(person, standalone(text)), scope, groupId };
      const [stored] = await remember([{ ...draft, corrects: id }]);
      if (!stored) throw new Error('a fact was corrected and not stored');
      return stored.fact;
    },

    /** @throws Refusal `not-found`, `forbidden` */
    async forget(person: Person, id: number): Promise<void> {
      await changeable(person, id);
      await facts.forget([id]);
    },

    /** The person's own; the office's memory stays. */
    forgetAll: (person: Person): Promise<number> => facts.forgetOwn(person.id),

    share,
    makeOffice: (person: Person, id: number): Promise<Fact> => share(person, id, 'office'),

    export: (person: Person): Promise<MemoryExport> => exportOf(facts, person, clock),
    async import(person: Person, file: MemoryExport): Promise<{ added: number; skipped: number }> {
      const counts = await importInto(facts, person, file, clock);
      embedding.catchUp();
      return counts;
    },

    /**
     * Makes the vectors that are missing: how many. It also happens by itself, in the background, when an embedder is
     * first used, after one was away, and after an import. @throws Refusal when there is no embedder
     */
    reembed: (signal: AbortSignal): Promise<number> => embedding.reembed(signal),
    /** As above, in the background. */
    catchUp: (): void => embedding.catchUp(),
    /** Ends what is done in the background. @throws what it failed with */
    close: (): Promise<void> => embedding.close(),

    /** Nothing of what only they saw is left. */
    removePerson: (personId: number): Promise<void> => facts.removePerson(personId),
  };
}

/** Beside the .5 of what is only mentioned: "Remember that …", and what a model drew from a message. */
const saidOutright = 0.7;
const drawn = 0.4;
/** A question is told by its beginning; the embedder cuts longer texts anyway. */
const askedChars = 2_000;
const searchedByMeaning = 20;
/** A question of signs alone is near to everything or nothing, by chance. */
const sayable = /[\p{L}\p{N}]/u;
