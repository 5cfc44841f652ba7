/** Whether what a controller answered is for this device: its name, its keys, in force now, by roots that sign it. */
import type { KeyObject } from 'node:crypto';
import type { Enrolled } from '@rockpool/protocol/enrolment';
import { demandPublicKey, SignatureError } from '@rockpool/signing/identity';
import { type ChainDemand, verifyChain } from '@rockpool/signing/x509-chain';
import type { LanNames } from '../identity/lan-names.ts';
import { EnrolmentRefused } from './refused.ts';

export interface Asked {
  device: string;
  deviceKey: KeyObject;
  /** Null when no certificate for the chat page was asked for. */
  lan: { key: KeyObject; names: LanNames } | null;
  at: Date;
}

/** @throws EnrolmentRefused `answer-not-acceptable` that says what doesn't fit */
export function demandFitting(answer: Enrolled, { device, deviceKey, lan, at }: Asked): void {
  if (answer.device !== device) throw unfit(`it is for ${answer.device}, not for ${device}`);
  demandChain('device', answer.deviceChain, answer.fleetCa, {
    at,
    cn: device,
    usage: 'client',
    publicKey: deviceKey,
  });
  demandCommandKeys(answer);
  if (!lan) return;
  const { lanChain, lanCa } = answer;
  if (!lanChain || !lanCa) throw unfit('it has no certificate for the chat page');
  for (const dns of [...lan.names.dns, ...lan.names.ips]) {
    demandChain('chat page', lanChain, lanCa, { at, usage: 'server', publicKey: lan.key, dns });
  }
}

function demandChain(whose: string, chain: readonly string[], root: string, demand: ChainDemand): void {
  const verdict = verifyChain(chain, root, demand);
  if (verdict) throw unfit(`${whose}: ${verdict.says}`);
}

/** A key of small order would let anybody command the device. */
function demandCommandKeys({ commandKeys }: Enrolled): void {
  for (const { id, key } of commandKeys) {
    try {
      demandPublicKey(key);
    } catch (cause) {
      if (!(cause instanceof SignatureError)) throw cause;
      throw unfit(`command key ${id}: ${cause.message}`);
    }
  }
}

const unfit = (seen: string): EnrolmentRefused => new EnrolmentRefused('answer-not-acceptable', seen);
