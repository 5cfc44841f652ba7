/** Claims: made by an operator, kept as hashes, good for one device. */
import { createHash, randomInt } from 'node:crypto';
import { type ClaimCode, claimSecretSymbols, formClaimCode } from '@rockpool/protocol/claim';
import type { DeviceName } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Kysely, Transaction } from 'kysely';
import { record } from '../audit/audit.ts';
import type { Clock } from '../host/clock.ts';
import { demandLabels, demandLanNames, type Labels } from '../registry/labels.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { EnrolRefusal } from './refusal.ts';
import type { ClaimRow } from './tables.ts';

export interface ClaimWish {
  labels?: Labels;
  /** The only name a device may take with it; also what lets it take over the name of a revoked device. */
  name?: DeviceName;
  /** For the chat page, besides NAME.local. */
  lanNames?: readonly string[];
  ttlMs: number;
  /** Who asks, for the audit. */
  who: string;
}

export type ClaimState = 'open' | 'used' | 'expired' | 'revoked';

/** What an operator sees of a claim; its code is shown once, when it is made. */
export interface Claim {
  id: number;
  state: ClaimState;
  name: string | null;
  labels: Labels;
  lanNames: readonly string[];
  createdAt: number;
  createdBy: string;
  expiresAt: number;
  usedAt: number | null;
  /** The device that it let in. */
  device: string | null;
}

export const hashOfClaim = (code: ClaimCode): string =>
  createHash('sha256').update(`rockpool/claim/v1\0${code}`).digest('hex');

const longestTtlMs = 366 * 86_400_000;

export async function createClaim(
  db: Kysely<Tables>,
  clock: Clock,
  wish: ClaimWish,
): Promise<{ id: number; code: ClaimCode }> {
  const { labels = {}, name, lanNames = [], ttlMs, who } = wish;
  demandLabels(labels);
  demandLanNames(lanNames);
  if (!(ttlMs >= 60_000 && ttlMs <= longestTtlMs)) {
    throw new Refusal(
      'bad-request',
      'A claim is good for one minute to one year; give --ttl like 24h or 7d.',
    );
  }
  const code = formClaimCode(Array.from({ length: claimSecretSymbols }, () => randomInt(32)));
  const at = clock.now();
  return transact(db, async (tx) => {
    const { id } = await tx
      .insertInto('claims')
      .values({
        hash: hashOfClaim(code),
        name: name ?? null,
        labels: JSON.stringify(labels),
        lan_names: JSON.stringify(lanNames),
        ...{ created_at: at, created_by: who, expires_at: at + ttlMs },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await record(tx, {
      at,
      who,
      action: 'claim-create',
      subject: `claim ${id}`,
      detail: { name: name ?? null, ttlMs },
    });
    return { id, code };
  });
}

export async function listClaims(db: Kysely<Tables>, clock: Clock): Promise<Claim[]> {
  const rows = await db
    .selectFrom('claims')
    .leftJoin('devices', 'devices.identity', 'claims.used_by')
    .selectAll('claims')
    .select('devices.name as device')
    .orderBy('claims.id')
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, state: stateOf(row, clock.now()), name: row.name, device: row.device },
    labels: JSON.parse(row.labels) as Labels,
    lanNames: JSON.parse(row.lan_names) as string[],
    ...{
      createdAt: row.created_at,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
      usedAt: row.used_at,
    },
  }));
}

/** @throws Refusal when there is no such claim, or it was used: then it is the device that has to be revoked */
export async function revokeClaim(db: Kysely<Tables>, clock: Clock, id: number, who: string): Promise<void> {
  const at = clock.now();
  await transact(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('claims')
      .set((to) => ({ revoked_at: to.fn.coalesce('revoked_at', to.val(at)) }))
      .where('id', '=', id)
      .where('used_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) {
      const row = await tx.selectFrom('claims').select('used_by').where('id', '=', id).executeTakeFirst();
      throw row
        ? new Refusal('conflict', `Claim ${id} was used already; revoke the device instead.`)
        : new Refusal('not-found', `There is no claim ${id}; see \`rockpool-fleet claim list\`.`);
    }
    await record(tx, { at, who, action: 'claim-revoke', subject: `claim ${id}` });
  });
}

const stateOf = (row: ClaimRow, now: number): ClaimState => {
  if (row.used_at !== null) return 'used';
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at <= now ? 'expired' : 'open';
};

/** What a device shows. @throws EnrolRefusal with the reason why this identity may not use it */
export async function demandClaim(
  db: Kysely<Tables>,
  clock: Clock,
  code: ClaimCode,
  identity: string,
): Promise<ClaimRow> {
  const row = await db
    .selectFrom('claims')
    .selectAll()
    .where('hash', '=', hashOfClaim(code))
    .executeTakeFirst();
  if (!row)
    throw new EnrolRefusal(
      'claim-unknown',
      'This controller did not make this claim; check which controller it is for.',
    );
  const state = stateOf(row, clock.now());
  // Repeated by who used it: the answer was lost on the way.
  if (state === 'open' || (state === 'used' && row.used_by === identity)) return row;
  throw new EnrolRefusal(`claim-${state}`, unusable[state]);
}

/**
 * Whoever shows a claim that was good once had it in hand: a thief, or the technician whom a thief outran. Claims that
 * nobody made are guesses, and leave no trace that a guesser could fill a disk with.
 */
export async function recordRefused(
  db: Kysely<Tables>,
  { code, name, reason, at }: { code: ClaimCode; name: DeviceName; reason: string; at: number },
): Promise<void> {
  const row = await db
    .selectFrom('claims')
    .select('id')
    .where('hash', '=', hashOfClaim(code))
    .executeTakeFirst();
  if (!row) return;
  const deed = { at, who: 'a device unknown', action: 'claim-refused', subject: `claim ${row.id}` };
  await transact(db, (tx) => record(tx, { ...deed, detail: { reason, name } }));
}

const unusable = {
  used: 'This claim was used by another device. If that was none of yours, revoke that device; then make a new claim.',
  expired: 'This claim is past its time; make a new one at the controller.',
  revoked: 'This claim was taken back; make a new one at the controller.',
} as const satisfies Record<Exclude<ClaimState, 'open'>, string>;

/**
 * Of two that race for one claim, one finds it open.
 * @returns false when somebody else was faster, or it was revoked meanwhile
 */
export async function takeClaim(
  tx: Transaction<Tables>,
  claim: ClaimRow,
  identity: string,
  at: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('claims')
    .set((to) => ({ used_at: to.fn.coalesce('used_at', to.val(at)), used_by: identity }))
    .where('id', '=', claim.id)
    .where((where) =>
      where.or([
        where('used_by', '=', identity),
        where.and([where('used_at', 'is', null), where('revoked_at', 'is', null)]),
      ]),
    )
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
