/** The claim that a person gave, or a stick held: in memory until it is used, or of no use any more. */
import type { ClaimFile } from '@rockpool/protocol/claim';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Config } from '../config.ts';
import { claimFromText } from '../enrolment/claims.ts';
import { EnrolmentRefused } from '../enrolment/refused.ts';
import type { Facts } from '../facts/facts.ts';

export interface GivenClaim {
  /** For the facts; null when nobody gave one. */
  seen(): Facts['claim'];
  /** @throws Refusal or EnrolmentRefused when it is mistyped or for another fleet */
  take(text: string, config: Config): void;
  /** Does nothing when there is no stick. @throws as `take` */
  takeStick(config: Config): Promise<void>;
  /**
   * What was given just now, for it may be there to replace the pending one, whose controller never answers; else the
   * pending one; else a stick's. One that its controller refuses is forgotten: the next may come by another way.
   * @throws Refusal when there is none
   */
  use(config: Config, pending: ClaimFile | null, deed: (claim: ClaimFile) => Promise<void>): Promise<void>;
}

export function createGivenClaim(readStick: (config: Config) => Promise<ClaimFile | null>): GivenClaim {
  let given: { file: ClaimFile; from: 'stick' | 'typed' } | null = null;
  const takeStick = async (config: Config): Promise<void> => {
    const file = await readStick(config);
    if (file) given = { file, from: 'stick' };
  };
  return {
    seen: () => given && { from: given.from, controller: given.file.controller },
    take(text, { controller }) {
      given = { file: claimFromText(text, controller), from: 'typed' };
    },
    takeStick,
    async use(config, pending, deed) {
      if (!given && !pending) await takeStick(config);
      const file = given?.file ?? pending;
      if (!file) throw noClaim();
      try {
        await deed(file);
      } catch (error) {
        if (error instanceof EnrolmentRefused && error.code.startsWith('claim-')) given = null;
        throw error;
      }
    },
  };
}

const noClaim = (): Refusal =>
  new Refusal('bad-request', 'There is no claim. Put a stick with rockpool.claim in, or type the claim.');
