/** Which facts are meant beside what is asked: whose, of which kind, said by whom and when. Decided inside both searches. */
import type { FactKind, FactScope } from '@rockpool/protocol/memory';
import { FactKind as kinds } from '@rockpool/protocol/memory';
import type { Database } from '../store/sqlite.ts';
import { type Filter, fewest } from '../vectors/vectors.ts';
import type { Visible } from './visible.ts';

export interface Narrowed {
  scope?: FactScope | undefined;
  kind?: FactKind | undefined;
  /** The name of who said it, in any case. */
  saidBy?: string | undefined;
  /** Said at this moment or later, and before that one. */
  since?: number | undefined;
  until?: number | undefined;
}

/** A date or a kind alone is looked up here; who said it is read from it as well. */
export const factFilterIndex = `
  CREATE INDEX fact_by_kind ON fact (reaches, kind, said_at, said_by) WHERE superseded_at IS NULL;
`;

/** What a search over facts asks for, as part of its statement. */
export interface Within extends Filter {
  /** Of a fact called `f`. */
  readonly condition: string;
  readonly values: readonly unknown[];
  /** No fact outside of these ids passes; undefined where too many do to look. */
  span(): readonly [first: number, last: number] | undefined;
}

export const isNarrowed = (narrowed: Narrowed | undefined): narrowed is Narrowed =>
  narrowed !== undefined && Object.values(narrowed).some((value) => value !== undefined);

export function conditionOf({ scope, kind, saidBy, since, until }: Narrowed) {
  const parts: [condition: string, ...values: unknown[]][] = [];
  if (scope !== undefined) parts.push(["iif(f.group_id IS NULL, f.scope, 'group') = ?", scope]);
  if (kind !== undefined) parts.push(['f.kind = ?', kind]);
  if (since !== undefined) parts.push(['f.said_at >= ?', since]);
  if (until !== undefined) parts.push(['f.said_at < ?', until]);
  if (saidBy !== undefined) parts.push(['f.said_by = ? COLLATE NOCASE', saidBy]);
  return {
    condition: parts.length === 0 ? 'TRUE' : parts.map(([condition]) => condition).join(' AND '),
    values: parts.flatMap(([, ...values]) => values),
  };
}

/** Those that pass are looked up once, however many of the searches ask. */
export function openFactFilter(db: Database) {
  return (visible: readonly Visible[], narrowed: Narrowed): Within => {
    const { condition, values } = conditionOf(narrowed);
    let looked: { most: number; ids: readonly number[] | undefined } | undefined;
    function few(most: number): readonly number[] | undefined {
      if (looked?.most === most) return looked.ids;
      // With every kind named, the index serves a date alone as well.
      const ids = db
        .prepare<unknown[], number>(`
          SELECT f.id FROM fact f WHERE f.superseded_at IS NULL AND f.reaches IN (SELECT value FROM json_each(?))
            AND f.kind IN (SELECT value FROM json_each(?)) AND ${condition} LIMIT ?`)
        .pluck()
        .all(JSON.stringify(visible), JSON.stringify(kinds.options), ...values, most + 1);
      looked = { most, ids: ids.length > most ? undefined : ids };
      return looked.ids;
    }
    return {
      condition,
      values,
      few,
      passing: (ids) =>
        db
          .prepare<unknown[], number>(
            `SELECT f.id FROM fact f WHERE f.id IN (SELECT value FROM json_each(?)) AND ${condition}`,
          )
          .pluck()
          .all(JSON.stringify(ids), ...values),
      span() {
        const ids = few(fewest);
        if (!ids) return undefined;
        return ids.length === 0 ? [0, -1] : [Math.min(...ids), Math.max(...ids)];
      },
    };
  };
}
