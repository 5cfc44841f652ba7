/**
 * Which devices come first: an order that looks like chance, is the same whenever it is asked, another for every rollout, and
 * that no device can choose, for it is made with a number that none of them learns.
 */
import { createHash } from 'node:crypto';

/** 128 bits: no two devices have the same. */
const digits = 32;

export const rankOf = (seed: string, device: string): string =>
  createHash('sha256').update(`${seed}\n${device}`).digest('hex').slice(0, digits);

/** Of the rollout that is made next: a forecast and the rollout that follows it have the same order. */
export const seedOf = (fleetSeed: string, count: number): string =>
  createHash('sha256').update(`${fleetSeed}\n${count}`).digest('hex');

export interface Ranked {
  rank: string;
}

/** By code units, as the databases are not: they sort as people do. */
export const byRank = (a: Ranked, b: Ranked): number => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0);
