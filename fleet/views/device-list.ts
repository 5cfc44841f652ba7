/** The list of devices a page at a time: filtered, ordered and counted by the database. */
import type { DeviceList, Presence } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import type { Labels } from '../registry/labels.ts';
import { isPostgres } from '../store/dialect.ts';
import type { Tables } from '../store/tables.ts';
import { fromSeverity, type Severity, type SummaryRow, summarise, summaryColumns } from './summary.ts';

export const deviceSorts = ['name', 'presence', 'seenAt'] as const;

export interface DeviceWish {
  /** A part of a name, or of a label's value. */
  search?: string | undefined;
  /** Left out: all that are not revoked. */
  presence?: readonly Presence[] | undefined;
  /** All of these. */
  labels?: Labels | undefined;
  /** Only those that an open alert of this severity, or a graver one, is about. */
  worst?: Severity | undefined;
  sort?: (typeof deviceSorts)[number] | undefined;
  after?: string | undefined;
  limit: number;
}

/** One stretch of the list: within it a single order holds, so that a page begins where the last one ended. */
interface Stretch {
  presences: readonly Presence[];
  order: 'name' | 'seenAt';
}

/** What has to be looked at first comes first. */
const byUrgency: readonly Presence[] = ['offline', 'flapping', 'degraded', 'never', 'online'];
const inForce = byUrgency;

function stretchesOf({ sort = 'name', presence = inForce }: DeviceWish): Stretch[] {
  const asked = new Set(presence);
  const those = (some: readonly Presence[]): Presence[] => some.filter((one) => asked.has(one));
  const stretches: Stretch[] = {
    name: [{ presences: those(inForce), order: 'name' as const }],
    presence: byUrgency.map((one) => ({ presences: those([one]), order: 'name' as const })),
    // Never heard of comes before heard of long ago.
    seenAt: [
      { presences: those(['never']), order: 'name' as const },
      { presences: those(inForce.filter((one) => one !== 'never')), order: 'seenAt' as const },
    ],
  }[sort];
  return [...stretches, { presences: those(['revoked']), order: 'name' as const }].filter(
    ({ presences }) => presences.length > 0,
  );
}

const Cursor = z.tuple([z.int().nonnegative().max(10), z.string().max(64), z.int().nonnegative()]);

export async function listPage(db: Kysely<Tables>, wish: DeviceWish): Promise<DeviceList> {
  const stretches = stretchesOf(wish);
  const cursor = readCursor(wish.after, stretches.length);
  const rows: SummaryRow[] = [];
  let at = cursor[0];
  for (; at < stretches.length && rows.length <= wish.limit; at += 1) {
    const stretch = stretches[at] as Stretch;
    const from = at === cursor[0] ? cursor : undefined;
    rows.push(...(await pageQuery(db, wish, stretch, from, wish.limit + 1 - rows.length).execute()));
  }
  const shown = rows.slice(0, wish.limit);
  const last = shown.at(-1);
  return {
    devices: await summarise(db, shown),
    total: await countMatching(db, wish, stretches),
    after: rows.length > wish.limit && last ? cursorAfter(last, stretches) : null,
  };
}

/** Of all devices that match, for a command to many. */
export async function listNames(
  db: Kysely<Tables>,
  wish: Omit<DeviceWish, 'limit' | 'after'>,
): Promise<string[]> {
  const presences = stretchesOf({ ...wish, limit: 0 }).flatMap((stretch) => stretch.presences);
  const rows = await matching(db, wish, presences).select('d.name').orderBy('d.name').execute();
  return rows.map(({ name }) => name);
}

/** Kept apart, so that a test can read the plan that the database makes of it. */
export function pageQuery(
  db: Kysely<Tables>,
  wish: Omit<DeviceWish, 'limit'>,
  { presences, order }: Stretch,
  from: z.infer<typeof Cursor> | undefined,
  limit: number,
) {
  const query = matching(db, wish, presences).select(summaryColumns).limit(limit);
  if (order === 'name') {
    const after = from ? query.where('d.name', '>', from[1]) : query;
    return after.orderBy('d.name');
  }
  const after = from
    ? query.where((where) =>
        where.or([
          where('s.seen_at', '>', from[2]),
          where.and([where('s.seen_at', '=', from[2]), where('d.name', '>', from[1])]),
        ]),
      )
    : query;
  return after.orderBy('s.seen_at').orderBy('d.name');
}

async function countMatching(
  db: Kysely<Tables>,
  wish: DeviceWish,
  stretches: readonly Stretch[],
): Promise<number> {
  const presences = stretches.flatMap((stretch) => stretch.presences);
  const { count } = await matching(db, wish, presences)
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

type Where = ExpressionBuilder<Tables & { d: Tables['devices']; s: Tables['device_states'] }, 'd' | 's'>;

const matching = (db: Kysely<Tables>, wish: Omit<DeviceWish, 'limit'>, presences: readonly Presence[]) =>
  db
    .selectFrom('devices as d')
    .leftJoin('device_states as s', 's.device_id', 'd.id')
    .where((where) => where.and(conditions(db, where as unknown as Where, wish, presences)));

/** Of devices, alone or as one of a group such as a site that is away. */
const namesInAlerts = (db: Kysely<Tables>, worst: Severity) => {
  const named = isPostgres(db)
    ? sql`jsonb_array_elements_text(a.devices::jsonb) as named(value)`
    : sql`json_each(a.devices) as named`;
  return sql`select named.value from alerts as a, ${named}
    where a.open_key is not null and a.hidden_by is null and a.severity in (${sql.join(fromSeverity(worst))})`;
};

function conditions(
  db: Kysely<Tables>,
  where: Where,
  { search, labels = {}, worst }: Omit<DeviceWish, 'limit'>,
  presences: readonly Presence[],
): Expression<SqlBool>[] {
  const all: Expression<SqlBool>[] = [isOneOf(where, presences)];
  for (const [key, value] of Object.entries(labels)) {
    all.push(
      where('d.id', 'in', (select) =>
        select
          .selectFrom('device_labels')
          .select('device_id')
          .where('key', '=', key)
          .where('value', '=', value),
      ),
    );
  }
  if (search) {
    const like = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    all.push(
      where.or([
        sql<SqlBool>`d.name like ${like} escape '\\'`,
        where('d.id', 'in', (select) =>
          select
            .selectFrom('device_labels')
            .select('device_id')
            .where(sql<SqlBool>`lower(value) like ${like} escape '\\'`),
        ),
      ]),
    );
  }
  if (worst) all.push(sql<SqlBool>`d.name in (${namesInAlerts(db, worst)})`);
  return all;
}

function isOneOf(where: Where, presences: readonly Presence[]): Expression<SqlBool> {
  const heardOf = presences.filter((one) => one !== 'never' && one !== 'revoked');
  const isInForce = where('d.name_in_force', 'is not', null);
  // The last of its name: a device that took the name over stands for it.
  const isRevoked = where.and([
    where('d.name_in_force', 'is', null),
    sql<SqlBool>`not exists (select 1 from devices as newer where newer.name = d.name and newer.id > d.id)`,
  ]);
  if (inForce.every((one) => presences.includes(one)))
    return presences.includes('revoked') ? where.or([isInForce, isRevoked]) : isInForce;
  const some: Expression<SqlBool>[] = [];
  if (heardOf.length > 0) some.push(where.and([isInForce, where('s.presence', 'in', heardOf)]));
  if (presences.includes('never')) some.push(where.and([isInForce, where('s.device_id', 'is', null)]));
  if (presences.includes('revoked')) some.push(isRevoked);
  return where.or(some);
}

function cursorAfter(last: SummaryRow, stretches: readonly Stretch[]): string {
  const at = stretches.findIndex(({ presences }) => presences.includes(presenceOf(last)));
  const cursor: z.infer<typeof Cursor> = [at, last.name, last.seen_at ?? 0];
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(text: string | undefined, stretches: number): z.infer<typeof Cursor> {
  if (text === undefined) return [0, '', 0];
  try {
    const cursor = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    if (cursor[0] < stretches) return cursor;
  } catch (cause) {
    throw new Refusal('bad-request', `${text} is no page of this list; begin anew.`, { cause });
  }
  throw new Refusal('bad-request', `${text} is no page of this list; begin anew.`);
}

const presenceOf = (row: SummaryRow): Presence =>
  row.name_in_force === null ? 'revoked' : (row.presence ?? 'never');
