/** Devices that are enrolled in a test's database, and say what they are told to, signed as real ones do. */
import { DeviceName } from '@rockpool/protocol/enrolment';
import type { Health } from '@rockpool/protocol/fleet/health';
import type { Batch, Report, ReportBody, State } from '@rockpool/protocol/fleet/report';
import { reportDomains } from '@rockpool/protocol/fleet/report';
import { frame, frameDeflated } from '@rockpool/signing/frame';
import { createSeed, type Identity } from '@rockpool/signing/identity';
import { openSigner } from '../authority/signer.ts';
import type { Database } from '../store/tables.ts';
import type { Message } from './engine.ts';

export interface Speaker {
  id: number;
  name: DeviceName;
  identity: Identity;
  epoch: string;
  state(state?: Partial<State>): Message;
  birth(connection: number, birth?: Partial<NonNullable<State['birth']>>, state?: Partial<State>): Message;
  report(seq: number, body?: ReportBody, report?: Partial<Report>): Message;
  batch(seqs: readonly number[], batch?: Partial<Batch>, body?: ReportBody): Message;
}

/** As enrolment would have written it. */
export async function addDevice(
  db: Database,
  name: string,
  { serial = `5e${name}`, identity = openSigner(createSeed()) } = {},
): Promise<Speaker> {
  const claim = await db
    .insertInto('claims')
    .values({
      ...{ hash: `${name}${Math.random()}`, name: null, labels: '{}', lan_names: '[]', created_at: 0 },
      ...{ created_by: 'test', expires_at: 0, revoked_at: null, used_at: null, used_by: null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto('devices')
    .values({
      ...{ name, name_in_force: name, identity: identity.publicKey, claim_id: claim.id, lan_names: '[]' },
      ...{ enrolled_at: 0, seen_at: 0, revoked_at: null, revoked_because: null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('certificates')
    .values({
      ...{ serial, device_id: id, kind: 'device', pem: '', key_pin: '', names: '[]' },
      ...{ issued_at: 0, expires_at: 9e15, revoked_at: null },
    })
    .execute();
  return createSpeaker(id, DeviceName.parse(name), identity);
}

export function createSpeaker(id: number, name: DeviceName, identity: Identity): Speaker {
  const epoch = '00000000000000e1';
  const head = { v: 1, dev: name, epoch } as const;
  const speaker: Speaker = {
    ...{ id, name, identity, epoch },
    state: (state = {}) =>
      say(
        name,
        'state',
        frame(identity, reportDomains.plain, { ...head, connection: 1, state: 'offline', ...state }),
      ),
    birth: (connection, birth = {}, state = {}) =>
      speaker.state({
        ...{ connection, state: 'online', ...state },
        birth: {
          ...{ boot: 'boot-1', agent: '0.1.0', counter: 0, configVersion: 0 },
          ...{ spool: { oldest: 1, newest: 0, dropped: 0 }, ...birth },
        },
      }),
    report: (seq, body = healthy, report = {}) =>
      say(
        name,
        'report',
        frame(identity, reportDomains.plain, { ...head, ...numbered(seq, body), ...report }),
      ),
    batch: (seqs, batch = {}, body = healthy) =>
      say(
        name,
        'batch',
        frameDeflated(identity, reportDomains.deflated, {
          ...{ ...head, reports: seqs.map((seq) => numbered(seq, body)), ...batch },
        }),
      ),
  };
  return speaker;
}

const numbered = (seq: number, body: ReportBody) => ({
  seq,
  boot: 'boot-1',
  at: 1_700_000_000_000 + seq,
  mono: seq,
  body,
});

export const say = (device: string, kind: Message['kind'], bytes: Uint8Array): Message => ({
  device,
  kind,
  bytes,
});

export const health: Health = {
  uptimeS: 86_400,
  cpu: { cores: 6, loadPermille: 120 },
  memory: { totalMiB: 7_620, availableMiB: 3_100, swapUsedMiB: 0 },
  disk: { totalMiB: 476_000, freeMiB: 401_000, wearPercent: 3, readOnly: false },
  temperatures: ['cpu-thermal', 'gpu-thermal', 'soc0-thermal', 'tj-thermal'].map((zone, n) => ({
    ...{ zone, milliC: 48_000 + n, limitMilliC: 99_000 },
  })),
  network: { receivedKiBps: 12, sentKiBps: 40 },
  jetson: {
    ...{
      board: 'NVIDIA Jetson Orin Nano Developer Kit',
      l4t: '39.2.0',
      gpuLoadPermille: 350,
      gpuMemoryMiB: 1_900,
    },
    rails: [
      { rail: 'VDD_IN', milliW: 7_800 },
      { rail: 'VDD_CPU_GPU_CV', milliW: 2_100 },
    ],
    ...{
      overCurrents: 0,
      underVoltages: 0,
      fanPermille: 300,
      fanRpm: 2_100,
      nvpmodel: '25W',
      throttled: false,
    },
  },
  model: {
    ...{ name: 'pebble', loaded: true, active: 1, queued: 0, milliTokensPerS: 21_000 },
    ...{ firstTokenP50Ms: 240, firstTokenP95Ms: 610 },
  },
  posture: { holds: true, missing: [], certificateDays: 61, clockSynchronised: true },
  update: { phase: 'idle' },
  auditHead: { seq: 12, hash: 'ab'.repeat(32) },
  warnings: [],
};
export const healthy: ReportBody = { kind: 'health', health };
