/** Facts of an export on their way in: each once, however often, and with the history they had. */
import type { FactChanges } from './fact-changes.ts';
import type { FactDraft, FactRows } from './fact-rows.ts';
import { namespaceFor, ownOf } from './visible.ts';

export interface Imported {
  /** Its id in the file. */
  id: number;
  draft: FactDraft;
  supersededAt: number | null;
}

export interface Arrived {
  /** The id in the file, and the one here. */
  id: number;
  here: number;
  added: boolean;
}

/** By their ids here. */
export interface Succession {
  older: number;
  newer: number;
}

export function factImport(rows: FactRows, changes: FactChanges) {
  /** What is newer here about the same subject replaces what the file thought current. */
  function addCurrent(draft: FactDraft): number {
    const isComparable = draft.subject !== null && draft.origin !== 'untrusted';
    const about = isComparable ? rows.sameSubject(ownOf(draft.owner), draft.subject ?? '') : [];
    const newer = about.find(({ saidAt, origin }) => saidAt > draft.saidAt && origin !== 'untrusted');
    const { id } = changes.add(draft).fact;
    if (newer) changes.supersede(id, newer.id, newer.saidAt);
    return id;
  }

  return {
    arrive({ id, draft, supersededAt }: Imported): Arrived {
      const same = rows.sameText(namespaceFor(draft), draft.text);
      const isCurrent = supersededAt === null;
      const known = same.find(
        (row) => row.saidAt === draft.saidAt || (isCurrent && row.supersededAt === null),
      );
      if (known) return { id, here: known.id, added: false };
      return { id, here: isCurrent ? addCurrent(draft) : changes.addPast(draft, supersededAt), added: true };
    },

    /** Only for history without a successor, and never in a circle. */
    link({ older, newer }: Succession): void {
      const row = rows.get(older);
      if (row?.supersededAt == null || row.supersededBy !== null) return;
      if (rows.get(newer) && !rows.chain(older).includes(newer))
        rows.supersede(older, newer, row.supersededAt);
    },
  };
}
