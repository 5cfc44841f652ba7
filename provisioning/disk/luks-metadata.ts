/** What a LUKS2 header says about its slots and tokens, parsed; and whose the disk is. */
import { z } from 'zod';

/** What we format bears both: one write of the header tells our disks from others'. */
export const ourLabel = 'rockpool-data';
export const ourSubsystem = 'rockpool';

/**
 * The key of a setup that isn't finished, and the one that is made for the moment of a re-seal, use the last slot:
 * so that a slot which a power cut leaves behind is known for what it is without a second write.
 */
export const bootstrapSlot = 31;

const numeric = z.string().regex(/^\d+$/);
const manyOrOne = z.union([z.string(), z.array(z.string())]);

/** Types that systemd defines, by the fields that decide something; later versions may add others. */
const Token = z.looseObject({
  type: z.string(),
  keyslots: z.array(numeric),
  'tpm2-pcrs': z.array(z.int()).optional(),
  'tpm2-pcr-bank': z.string().optional(),
  'tpm2-pin': z.boolean().optional(),
  'tpm2-policy-hash': manyOrOne.optional(),
  tpm2_pubkey_pcrs: z.array(z.int()).optional(),
  tpm2_pcrlock: z.boolean().optional(),
});

const Kdf = z.looseObject({ type: z.string(), time: z.int().optional(), memory: z.int().optional() });

export const LuksMetadata = z.looseObject({
  keyslots: z.record(
    numeric,
    z.looseObject({
      type: z.string(),
      key_size: z.int(),
      area: z.looseObject({ offset: numeric, size: numeric, encryption: z.string().optional() }),
      kdf: Kdf.optional(),
    }),
  ),
  tokens: z.record(numeric, Token),
  segments: z.record(
    numeric,
    z.looseObject({
      type: z.string(),
      offset: numeric,
      encryption: z.string(),
      sector_size: z.int(),
    }),
  ),
  config: z.looseObject({ json_size: numeric, keyslots_size: numeric, requirements: z.unknown().optional() }),
});
export type LuksMetadata = z.infer<typeof LuksMetadata>;

/** Ours: beside the slots, because it speaks of the disk and not of a key. */
export const provisioningToken = 'rockpool-provisioning';
/** Ours: binds a slot to what opens it. */
export const passphraseToken = 'rockpool-passphrase';
export const jetsonToken = 'rockpool-jetson';

export const ProvisioningToken = z.looseObject({
  type: z.literal(provisioningToken),
  keyslots: z.array(numeric),
  version: z.literal(1),
  /** When a person had proved for the first time to have kept a recovery key. Never taken back: from then on there is data. */
  finishedAt: z.iso.datetime().nullable(),
  /** The recovery key that counts, and when a person proved to have kept it; null before. */
  recovery: z.strictObject({ slot: z.int(), keptAt: z.iso.datetime().nullable() }).nullable(),
});
export type ProvisioningToken = z.infer<typeof ProvisioningToken>;

export type SlotKind = 'bootstrap' | 'tpm2' | 'jetson' | 'recovery' | 'passphrase' | 'unknown';

export interface Slot {
  id: number;
  kind: SlotKind;
  /** What the TPM demands before it gives the key; null for other slots. */
  policy: { pcrs: readonly number[]; signedPcrs: readonly number[]; pin: boolean; bank: string } | null;
  /** How its key is stretched: `argon2id`, `pbkdf2`. */
  stretching: string;
}

const kindOfToken: Record<string, SlotKind> = {
  'systemd-tpm2': 'tpm2',
  'systemd-recovery': 'recovery',
  [passphraseToken]: 'passphrase',
  [jetsonToken]: 'jetson',
};

/** A slot without a word about it is `unknown`, which includes what other programs bound to keys of theirs. */
export function slotsOf({ keyslots, tokens }: LuksMetadata): Slot[] {
  return Object.entries(keyslots).map(([id, slot]) => {
    const token = Object.values(tokens).find(
      ({ type, keyslots: bound }) => bound.includes(id) && type in kindOfToken,
    );
    const kind = token
      ? (kindOfToken[token.type] ?? 'unknown')
      : Number(id) === bootstrapSlot
        ? 'bootstrap'
        : 'unknown';
    return {
      id: Number(id),
      kind,
      policy:
        kind === 'tpm2' && token
          ? {
              pcrs: token['tpm2-pcrs'] ?? [],
              signedPcrs: token.tpm2_pubkey_pcrs ?? [],
              pin: token['tpm2-pin'] ?? false,
              bank: token['tpm2-pcr-bank'] ?? '',
            }
          : null,
      stretching: slot.kdf?.type ?? 'none',
    };
  });
}

export const slotOf = (metadata: LuksMetadata, kind: SlotKind): Slot | undefined =>
  slotsOf(metadata).find((slot) => slot.kind === kind);

/** What opens the disk tomorrow too; the key of a setup is forgotten by then, and an unknown one is nobody's promise. */
export const waysIn = (metadata: LuksMetadata): Slot[] =>
  slotsOf(metadata).filter(({ kind }) => kind !== 'bootstrap' && kind !== 'unknown');

export function provisioningOf({ tokens }: LuksMetadata): { id: number; token: ProvisioningToken } | null {
  for (const [id, token] of Object.entries(tokens)) {
    const parsed = ProvisioningToken.safeParse(token);
    if (parsed.success) return { id: Number(id), token: parsed.data };
  }
  return null;
}

/**
 * `kept`: a device's data. `unfinished`: formatted by us, and nobody has kept a key yet, so there is nothing of worth
 * on it. A word of ours that can't be read (of a later version, say) counts as kept: an unfinished disk is formatted again.
 */
export function markOf(
  label: string,
  subsystem: string,
  metadata: LuksMetadata,
): 'unfinished' | 'kept' | 'foreign' {
  if (label !== ourLabel || subsystem !== ourSubsystem) return 'foreign';
  const ours = Object.values(metadata.tokens).filter(({ type }) => type === provisioningToken);
  if (ours.length === 0) return 'unfinished';
  const known = provisioningOf(metadata);
  return ours.length === 1 && known && known.token.finishedAt === null ? 'unfinished' : 'kept';
}

/** The recovery key that opens this disk is one that a person has kept. */
export function isRecoveryKept(metadata: LuksMetadata): boolean {
  const recovery = provisioningOf(metadata)?.token.recovery;
  return (
    Boolean(recovery?.keptAt) &&
    slotsOf(metadata).some(({ id, kind }) => kind === 'recovery' && id === recovery?.slot)
  );
}
