/** Nonces that this controller recognises as its own without remembering them; only spent ones are written down. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Clock } from '../host/clock.ts';
import type { Tables } from '../store/tables.ts';
import { EnrolRefusal } from './refusal.ts';

const livesMs = 2 * 60_000;
/** Far beyond a nonce's life: a clock that is set back doesn't bring a spent one back. */
const rememberedMs = 24 * 3_600_000;

export interface Nonces {
  create(): string;
  /** @throws EnrolRefusal `nonce-unknown` when it is not ours, or too old */
  demandFresh(nonce: string): void;
  /** In the transaction of what it was given for. @throws EnrolRefusal `nonce-unknown` when it was spent before */
  spend(db: Kysely<Tables>, nonce: string): Promise<void>;
}

/** @param macOf authenticates bytes under a key of the controller's, so that all its processes know each other's nonces */
export function createNonces(clock: Clock, macOf: (bytes: Uint8Array) => Uint8Array): Nonces {
  const mac = (head: Buffer): Buffer => Buffer.from(macOf(head)).subarray(0, 16);
  return {
    create() {
      const head = Buffer.alloc(16);
      head.writeUIntBE(clock.now(), 0, 6);
      randomBytes(10).copy(head, 6);
      return Buffer.concat([head, mac(head)]).toString('base64');
    },
    demandFresh(nonce) {
      const bytes = Buffer.from(nonce, 'base64');
      const head = bytes.subarray(0, 16);
      const ageMs = clock.now() - (bytes.length === 32 ? head.readUIntBE(0, 6) : Number.NaN);
      // In its one spelling: what was spent is remembered as it was written.
      const isOurs =
        bytes.length === 32 &&
        bytes.toString('base64') === nonce &&
        timingSafeEqual(mac(head), bytes.subarray(16));
      if (!isOurs || ageMs < 0 || ageMs > livesMs) throw unknown();
    },
    async spend(db, nonce) {
      const now = clock.now();
      await db
        .deleteFrom('spent_nonces')
        .where('at', '<', now - rememberedMs)
        .execute();
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('spent_nonces')
        .values({ nonce, at: now })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows !== 1n) throw unknown();
    },
  };
}

const unknown = (): EnrolRefusal =>
  new EnrolRefusal(
    'nonce-unknown',
    'This request is too old or was made before; ask for a new nonce and try again.',
  );
