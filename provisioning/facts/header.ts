/** The encryption header as a plan needs it, with one more guard than its own marks give. */
import type { DiskHeader } from '@rockpool/agent/host/posture/disk-header.ts';
import type { Volume } from '../disk/luks.ts';
import { isRecoveryKept } from '../disk/luks-metadata.ts';
import { type Facts, type HeaderFacts, hasSlot, headerOf } from './facts.ts';

export function headerFacts(volume: Volume): HeaderFacts {
  return {
    ...{ uuid: volume.uuid, cipher: volume.cipher, keyBits: volume.keyBits },
    slots: volume.slots.map(({ id, kind, policy }) => ({
      id,
      kind,
      policy: policy && { pcrs: policy.pcrs, signedPcrs: policy.signedPcrs, pin: policy.pin },
    })),
    mark: isHalfMade(volume) ? 'unfinished' : volume.mark === 'unfinished' ? 'kept' : volume.mark,
    recoveryKept: isRecoveryKept(volume.metadata),
    whole: volume.header.state === 'good',
  };
}

/**
 * An unfinished disk has the slot of its setup, or none at all yet. One that lost its recovery slot or our token by
 * somebody's hand has neither, and may hold years of an office: it is never formatted again.
 */
const isHalfMade = ({ mark, slots }: Pick<Volume, 'mark' | 'slots'>): boolean =>
  mark === 'unfinished' && (slots.length === 0 || slots.some(({ kind }) => kind === 'bootstrap'));

/** Of the newer copy; it grows with every change. */
export const sequenceOf = ({ copies }: Volume['header']): bigint =>
  copies.map(({ sequence }) => sequence ?? 0n).sort((a, b) => Number(b - a))[0] ?? 0n;

/** What the agent may know of it; null where there is none that is anybody's. */
export function diskHeaderOf(facts: Pick<Facts, 'disk'>): DiskHeader | null {
  const header = headerOf(facts);
  if (!header || header.mark === 'foreign') return null;
  return {
    version: 1,
    uuid: header.uuid,
    slots: header.slots.map(({ kind }) => (kind === 'bootstrap' ? 'unknown' : kind)),
    recovery: header.recoveryKept ? 'kept' : hasSlot(header, 'recovery') ? 'unconfirmed' : 'none',
  };
}
