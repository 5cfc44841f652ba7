/** A person's memory as a file: out whole, in again as often as one likes. */
import { type ExportedFact, type FullFact, type MemoryExport, maxFactChars } from '@rockpool/protocol/memory';
import type { Person } from '@rockpool/protocol/people';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Clock } from '../host/clock.ts';
import type { Store } from '../store/store.ts';
import type { Imported, Succession } from './fact-import.ts';
import { subjectOf } from './subject.ts';

export const maxImported = 100_000;
/** At a time, so that others' turns come in between. */
const page = 500;

/** Their own, history too; the office's memory isn't theirs to carry away. */
export async function exportOf(
  facts: Pick<Store['memory'], 'list'>,
  person: Person,
  clock: Clock,
): Promise<MemoryExport> {
  const all: FullFact[] = [];
  for (;;) {
    const before = all.at(-1)?.id;
    const more = await facts.list(person.id, { scope: 'mine', history: true, before, limit: page });
    all.push(...more);
    if (more.length < page) break;
  }
  return { format: 'rockpool-memory', version: 2, exportedAt: clock.now(), facts: all.reverse() };
}

/** All become the importer's own, said by them: a file can't put words into another's mouth, nor into the office's. */
export async function importInto(
  facts: Pick<Store['memory'], 'arrive' | 'link' | 'space' | 'countKnown'>,
  person: Person,
  file: MemoryExport,
  clock: Clock,
): Promise<{ added: number; skipped: number }> {
  if (file.facts.length > maxImported) {
    throw new Refusal('too-large', `An import may hold ${maxImported} facts; split the file.`);
  }
  const here = new Map<number, number>();
  let added = 0;
  // Oldest first, so that of two about one subject the newer replaces the older.
  const oldestFirst = file.facts.filter(isUsable).toSorted((a, b) => a.saidAt - b.saidAt || a.id - b.id);
  await demandRoom(facts, person, oldestFirst);
  for (const some of pages(oldestFirst)) {
    for (const arrived of await facts.arrive(some.map((fact) => toImported(fact, person, clock.now())))) {
      here.set(arrived.id, arrived.here);
      if (arrived.added) added += 1;
    }
  }
  for (const some of pages(successions(file.facts, here))) await facts.link(some);
  return { added, skipped: file.facts.length - added };
}

/** Before the first is stored: half an import would be neither the old memory nor the new one. */
async function demandRoom(
  facts: Pick<Store['memory'], 'space' | 'countKnown'>,
  person: Person,
  arriving: readonly ExportedFact[],
): Promise<void> {
  const space = await facts.space(person.id);
  const bytes = arriving.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (space.facts + arriving.length <= space.maxFacts && space.bytes + bytes <= space.maxBytes) return;
  let known = 0;
  for (const some of pages(arriving)) {
    known += await facts.countKnown(
      person.id,
      some.map(({ text }) => text.trim()),
    );
  }
  if (known === arriving.length) return;
  const room = Math.max(0, space.maxFacts - space.facts);
  throw new Refusal(
    'quota-reached',
    `The file brings ${arriving.length - known} facts and there is room for ${room}; forget some, or ask an administrator for more room.`,
  );
}

const isUsable = ({ text }: ExportedFact): boolean => text.trim() !== '' && text.length <= maxFactChars;

function toImported(fact: ExportedFact, person: Person, now: number): Imported {
  const at = Math.max(0, Math.min(fact.saidAt, now));
  const said = fact.text.trim();
  const { validFrom = null, validUntil = null, supersededAt } = fact;
  const lasts = validFrom === null || validUntil === null || validFrom <= validUntil;
  return {
    id: fact.id,
    supersededAt: supersededAt === null ? null : Math.max(0, Math.min(supersededAt, now)),
    draft: {
      ...{ owner: person.id, saidBy: person.name, scope: 'mine', text: said, subject: subjectOf(said) },
      ...{ saidAt: at, recordedAt: now, imported: true },
      ...(lasts ? { validFrom, validUntil } : {}),
      ...{ kind: fact.kind, importance: fact.importance, pinned: fact.pinned },
      // Out and in again must not make anybody's word of what nobody confirmed.
      origin: importedOrigin[fact.origin ?? 'owner'],
      // Sessions of another device would lead nowhere, or to someone else's.
      ...{ sessionId: null, messageId: null },
    },
  };
}

/** A file may lower what its text is worth, and not say that the device itself wrote it. */
const importedOrigin = { owner: 'owner', agent: 'agent', untrusted: 'untrusted', system: 'agent' } as const;

function successions(all: readonly ExportedFact[], here: ReadonlyMap<number, number>): Succession[] {
  return all.flatMap(({ id, supersededBy }) => {
    const older = here.get(id);
    const newer = supersededBy === null ? undefined : here.get(supersededBy);
    return older === undefined || newer === undefined ? [] : [{ older, newer }];
  });
}

function* pages<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += page) yield all.slice(from, from + page);
}
