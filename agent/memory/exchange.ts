/** A person's memory as a file: out whole, in again as often as one likes. */
import { type Fact, type MemoryExport, maxFactChars } from '@rockpool/protocol/memory';
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
  const all: Fact[] = [];
  for (;;) {
    const before = all.at(-1)?.id;
    const more = await facts.list(person.id, { scope: 'mine', history: true, before, limit: page });
    all.push(...more);
    if (more.length < page) break;
  }
  return { format: 'rockpool-memory', version: 1, exportedAt: clock.now(), facts: all.reverse() };
}

/** All become the importer's own, said by them: a file can't put words into another's mouth, nor into the office's. */
export async function importInto(
  facts: Pick<Store['memory'], 'arrive' | 'link'>,
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
  for (const some of pages(oldestFirst)) {
    for (const arrived of await facts.arrive(some.map((fact) => toImported(fact, person, clock.now())))) {
      here.set(arrived.id, arrived.here);
      if (arrived.added) added += 1;
    }
  }
  for (const some of pages(successions(file.facts, here))) await facts.link(some);
  return { added, skipped: file.facts.length - added };
}

const isUsable = ({ text }: Fact): boolean => text.trim() !== '' && text.length <= maxFactChars;

function toImported({ id, text, saidAt, supersededAt }: Fact, person: Person, now: number): Imported {
  const at = Math.max(0, Math.min(saidAt, now));
  const said = text.trim();
  return {
    id,
    supersededAt: supersededAt === null ? null : Math.max(0, Math.min(supersededAt, now)),
    draft: {
      ...{
        owner: person.id,
        saidBy: person.name,
        scope: 'mine',
        text: said,
        subject: subjectOf(said),
        saidAt: at,
      },
      // Sessions of another device would lead nowhere, or to someone else's.
      ...{ sessionId: null, messageId: null, origin: 'import' },
    },
  };
}

function successions(all: readonly Fact[], here: ReadonlyMap<number, number>): Succession[] {
  return all.flatMap(({ id, supersededBy }) => {
    const older = here.get(id);
    const newer = supersededBy === null ? undefined : here.get(supersededBy);
    return older === undefined || newer === undefined ? [] : [{ older, newer }];
  });
}

function* pages<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += page) yield all.slice(from, from + page);
}
