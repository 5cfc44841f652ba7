/** What was made of a board, for the file of whoever answers for it; it holds no secret. */
import { version } from '@rockpool/agent/host/version.ts';
import { z } from 'zod';
import type { Facts, HeaderFacts } from './facts/facts.ts';
import { headerOf } from './facts/facts.ts';

const Certificate = z.strictObject({
  sha256: z.string(),
  names: z.array(z.string()),
  until: z.iso.datetime(),
});

export const Receipt = z.strictObject({
  version: z.literal(1),
  at: z.iso.datetime(),
  device: z.string(),
  board: z.strictObject({ model: z.string().nullable(), serial: z.string().nullable() }),
  disk: z.strictObject({
    path: z.string(),
    uuid: z.string(),
    cipher: z.string(),
    keyBits: z.int(),
    slots: z.array(z.string()),
    pcrs: z.array(z.int()),
    signedPcrs: z.array(z.int()),
  }),
  secureBoot: z.string(),
  fleet: z.strictObject({ controller: z.string().nullable(), certificate: Certificate }).nullable(),
  lan: Certificate.nullable(),
  /** What people install; its fingerprint is what they compare. */
  authority: z.strictObject({ name: z.string(), sha256: z.string() }).nullable(),
  escrowed: z.boolean(),
  versions: z.strictObject({
    rockpool: z.string(),
    cryptsetup: z.string().nullable(),
    systemd: z.int().nullable(),
  }),
});
export type Receipt = z.infer<typeof Receipt>;

/** @param facts of a device for which every step holds */
export function receiptOf(facts: Facts): Receipt {
  const { disk, device, board, programs, secureBoot } = facts;
  const header = headerOf(facts);
  if (!disk || !header || !device) throw new Error('a receipt is of a device that is set up');
  const seal = header.slots.find(({ kind }) => kind === 'tpm2')?.policy;
  return {
    version: 1,
    at: iso(facts.at),
    device: device.name ?? facts.hostname,
    board: { model: board.model, serial: board.serial },
    disk: {
      ...{ path: disk.path, uuid: header.uuid, cipher: header.cipher, keyBits: header.keyBits },
      slots: slotNames(header),
      ...{ pcrs: [...(seal?.pcrs ?? [])], signedPcrs: [...(seal?.signedPcrs ?? [])] },
    },
    secureBoot,
    fleet: device.enrolled && {
      controller: device.enrolled.controller,
      certificate: certificateOf(device.enrolled.certificate),
    },
    lan: device.lan && certificateOf(device.lan),
    authority: device.authority && { name: device.authority.name, sha256: device.authority.sha256 },
    escrowed: device.escrowed !== null && device.escrowed === device.headerDigest,
    versions: { rockpool: version, cryptsetup: programs.cryptsetup, systemd: programs.systemd },
  };
}

export function receiptLines(receipt: Receipt): string[] {
  const { disk, lan, fleet, authority, versions } = receipt;
  const seal = [
    ...(disk.pcrs.length > 0 ? [`PCR ${disk.pcrs.join('+')}`] : []),
    ...(disk.signedPcrs.length > 0 ? [`signed PCR ${disk.signedPcrs.join('+')}`] : []),
  ];
  const rows: [string, string | null][] = [
    ['Device', receipt.device],
    ['Set up', receipt.at],
    ['Board', [receipt.board.model, receipt.board.serial].filter(Boolean).join(', ') || null],
    ['Disk', `${disk.path}, LUKS2 ${disk.uuid}, ${disk.cipher} ${disk.keyBits} bit`],
    ['Opened by', `${disk.slots.join(', ')}${seal.length > 0 ? ` (${seal.join(', ')})` : ''}`],
    ['Secure Boot', receipt.secureBoot],
    [
      'Fleet',
      fleet &&
        `${fleet.controller ?? 'known'}, certificate ${fleet.certificate.sha256} until ${fleet.certificate.until.slice(0, 10)}`,
    ],
    [
      'Chat page',
      lan && `${lan.names.join(', ')}, certificate ${lan.sha256} until ${lan.until.slice(0, 10)}`,
    ],
    ['To install', authority && `${authority.name}, sha256 ${authority.sha256}`],
    ['Header copy', receipt.escrowed ? 'with the operator' : null],
    [
      'Versions',
      `Rockpool ${versions.rockpool}, cryptsetup ${versions.cryptsetup ?? '?'}, systemd ${versions.systemd ?? '?'}`,
    ],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(12)} ${value}`]));
}

const slotNames = ({ slots }: HeaderFacts): string[] => slots.map(({ id, kind }) => `${kind} (slot ${id})`);
const certificateOf = ({
  sha256,
  names,
  untilMs,
}: {
  sha256: string;
  names: readonly string[];
  untilMs: number;
}) => ({
  ...{ sha256, names: [...names] },
  until: iso(untilMs),
});
const iso = (ms: number): string => new Date(ms).toISOString();
