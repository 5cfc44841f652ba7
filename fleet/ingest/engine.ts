/** A group of messages becomes rows: all of them in one transaction, each device's in its order, and what came twice only once. */
import { DeviceName } from '@rockpool/protocol/enrolment';
import type { CommandResult } from '@rockpool/protocol/fleet/command';
import type { UpKind } from '@rockpool/protocol/fleet/topics';
import { type Kysely, sql, type Transaction } from 'kysely';
import { revocationMark } from '../registry/admission.ts';
import { noteChanges } from '../registry/feed.ts';
import type { AuditHeadRow, DeviceStateRow } from '../registry/reported-tables.ts';
import { createDraft, type Draft, fork, judgePresence, takeReport, takeState } from '../registry/state.ts';
import { isPostgres } from '../store/dialect.ts';
import { inPieces } from '../store/pieces.ts';
import type { Tables } from '../store/tables.ts';
import { transactBeside } from '../store/transaction.ts';
import { createKnownDevices, type KnownDevice } from './known-devices.ts';
import { type Opened, open, type Poison, type PoisonReason, type Told } from './open.ts';
import { type Arrival, forgetBelow, isHere, nothingYet, place, type Span } from './order.ts';

export interface Message {
  device: string;
  kind: UpKind;
  bytes: Uint8Array;
}

export interface Outcome {
  /** Reports that were new. */
  reports: number;
  /** Reports that were here already. */
  duplicates: number;
  /** To be signed and sent: one for each device and epoch. */
  acks: { device: DeviceName; epoch: string; upto: number }[];
  /** Devices that connected anew, the newest command that they know and the settings that they have. */
  births: { device: DeviceName; deviceId: number; counter: number; configVersion: number }[];
  poison: { device: string; reason: PoisonReason; says: string }[];
}

export interface Engine {
  /** @throws when the database doesn't take it; then nothing of it is there */
  commit(group: readonly Message[], now: number): Promise<Outcome>;
  /** Writes something of some size. @throws when the database takes nothing at the moment */
  probe(now: number): Promise<void>;
}

export interface EngineParts {
  db: Kysely<Tables>;
  /** In the transaction of the reports. */
  recordResult(
    tx: Transaction<Tables>,
    told: { deviceId: number; result: CommandResult; at: number },
  ): Promise<unknown>;
  /** The same, of its updates. */
  recordStatuses(
    tx: Transaction<Tables>,
    told: { deviceId: number; statuses: Draft['updates']; at: number },
  ): Promise<unknown>;
  /** Before, nobody listened, and silence says nothing. */
  listeningSince: number;
}

/** A spool is begun anew when its file was lost; more often than this it is made up. */
const epochsMost = 1_000;
/** More than a page or two that may just be free. */
const probeBytes = 256 * 1_024;
/** Between reading who is in force and the transaction, somebody was revoked; what was verified may be of theirs. */
class Overtaken extends Error {}

export function createEngine(parts: EngineParts): Engine {
  const known = createKnownDevices(parts.db);
  return {
    async commit(group, now) {
      for (;;) {
        const { devices, mark } = await known.find(group.map(({ device }) => device));
        const { opened, poison } = openAll(group, devices);
        if (opened.length === 0) return { reports: 0, duplicates: 0, acks: [], births: [], poison };
        try {
          const outcome = await transactBeside(parts.db, async (tx) => {
            if ((await revocationMark(tx)) !== mark) throw new Overtaken();
            return write(tx, parts, opened, now);
          });
          return { ...outcome, poison: [...poison, ...outcome.poison] };
        } catch (error) {
          if (!(error instanceof Overtaken)) throw error;
        }
      }
    },
    probe: (now) =>
      transactBeside(parts.db, async (tx) => {
        const key = `probe ${now}`;
        await tx
          .insertInto('facts')
          .values({ key, value: '.'.repeat(probeBytes) })
          .execute();
        await tx.deleteFrom('facts').where('key', '=', key).execute();
      }),
  };
}

interface From {
  device: KnownDevice;
  opened: Opened;
}

function openAll(group: readonly Message[], devices: ReadonlyMap<string, KnownDevice>) {
  const opened: From[] = [];
  const poison: Outcome['poison'] = [];
  for (const message of group) {
    const device = devices.get(message.device);
    const found: Opened | Poison = device
      ? open(device.verifier, message)
      : { poison: 'unknown-device', says: 'no device in force has this name' };
    if ('poison' in found) poison.push({ device: message.device, reason: found.poison, says: found.says });
    else if (device) opened.push({ device, opened: found });
  }
  return { opened, poison };
}

async function write(
  tx: Transaction<Tables>,
  parts: EngineParts,
  opened: readonly From[],
  now: number,
): Promise<Outcome> {
  const desk = await layOut(tx, opened, now);
  const outcome: Outcome = { reports: 0, duplicates: 0, acks: [], births: [], poison: [] };
  for (const one of opened) read(desk, one, now, outcome);
  const drafts = [...desk.drafts.values()];
  await compareHeads(tx, drafts, now);
  for (const draft of drafts) judgePresence(draft, now, parts.listeningSince);
  await save(tx, desk);
  for (const { row, results } of drafts)
    for (const result of results) await parts.recordResult(tx, { deviceId: row.device_id, result, at: now });
  for (const { row, updates } of drafts)
    if (updates.length > 0)
      await parts.recordStatuses(tx, { deviceId: row.device_id, statuses: updates, at: now });
  outcome.acks = [...desk.acks.values()].filter(({ upto }) => upto >= 0);
  outcome.births = opened.flatMap(({ device }) => bornOf(desk, device));
  await noteChanges(
    tx,
    'device',
    drafts.map(({ row }) => ({ id: row.device_id })),
    now,
  );
  return outcome;
}

function bornOf({ drafts }: Desk, { id, name }: KnownDevice): Outcome['births'] {
  const draft = drafts.get(id);
  if (!draft?.isBorn) return [];
  draft.isBorn = false; // told once, however often it spoke
  const { command_counter: counter, config_version: configVersion } = draft.row;
  return [{ device: DeviceName.parse(name), deviceId: id, counter, configVersion }];
}

interface Epoch {
  ord: number;
  arrival: Arrival;
  isChanged: boolean;
}

/** The rows of all devices that spoke, before and while their messages are read into them. */
interface Desk {
  drafts: Map<number, Draft>;
  /** By `device epoch`. */
  epochs: Map<string, Epoch>;
  /** How many epochs each device has. */
  counts: Map<number, number>;
  acks: Map<string, Outcome['acks'][number]>;
}

const keyOf = (id: number, epoch: string): string => `${id} ${epoch}`;

async function layOut(tx: Transaction<Tables>, opened: readonly From[], now: number): Promise<Desk> {
  const ids = [...new Set(opened.map(({ device }) => device.id))].sort((a, b) => a - b);
  const desk: Desk = { drafts: new Map(), epochs: new Map(), counts: new Map(), acks: new Map() };
  await inPieces(
    ids.map((id) => ({ id })),
    async (some) => {
      const piece = some.map(({ id }) => id);
      // Another controller may be at the same device: the rows of all its tables wait behind this one.
      if (isPostgres(tx))
        await tx
          .selectFrom('devices')
          .select('id')
          .where('id', 'in', piece)
          .orderBy('id')
          .forNoKeyUpdate()
          .execute();
      const states = await tx
        .selectFrom('device_states')
        .selectAll()
        .where('device_id', 'in', piece)
        .execute();
      const byId = new Map<number, DeviceStateRow>(states.map((row) => [row.device_id, row]));
      for (const id of piece) desk.drafts.set(id, createDraft(id, byId.get(id), now));
      const epochs = await tx
        .selectFrom('device_epochs')
        .selectAll()
        .where('device_id', 'in', piece)
        .execute();
      for (const { device_id, epoch, ord, upto, ahead } of epochs) {
        const arrival = { upto, ahead: JSON.parse(ahead) as Span[] };
        desk.epochs.set(keyOf(device_id, epoch), { ord, arrival, isChanged: false });
        desk.counts.set(device_id, Math.max(desk.counts.get(device_id) ?? 0, ord));
      }
    },
  );
  return desk;
}

function read(desk: Desk, { device, opened }: From, now: number, outcome: Outcome): void {
  const draft = desk.drafts.get(device.id) as Draft;
  const named = opened.kind === 'state' ? opened.state.epoch : opened.epoch;
  const epoch = epochOf(desk, device.id, named);
  if (!epoch) {
    outcome.poison.push({ device: device.name, reason: 'epochs', says: `more than ${epochsMost}` });
    return;
  }
  if (opened.kind === 'state') {
    const oldest = opened.state.birth?.spool.oldest;
    if (!takeState(draft, opened.state, epoch.ord, now) || oldest === undefined) return;
    arrive(epoch, forgetBelow(epoch.arrival, oldest));
    return;
  }
  const said = readReports(draft, epoch, opened, now);
  if (!said) {
    const says = `after ${opened.after} while all up to ${epoch.arrival.upto} is here`;
    outcome.poison.push({ device: device.name, reason: 'scattered', says });
    return;
  }
  outcome.reports += said.reports;
  outcome.duplicates += said.duplicates;
  desk.acks.set(keyOf(device.id, named), {
    ...{ device: DeviceName.parse(device.name), epoch: named, upto: epoch.arrival.upto },
  });
}

function readReports(draft: Draft, epoch: Epoch, told: Told, now: number) {
  const placed = place(epoch.arrival, told.after, told.reports.at(-1)?.seq ?? 0);
  if (!placed) return null;
  const fresh = told.reports.filter(({ seq }) => !isHere(epoch.arrival, seq));
  for (const { seq, at, body } of fresh)
    takeReport(draft, { ord: epoch.ord, seq, at, body, isLive: told.isLive }, now);
  draft.row.seen_at = now;
  arrive(epoch, placed);
  return { reports: fresh.length, duplicates: told.reports.length - fresh.length };
}

function epochOf(desk: Desk, deviceId: number, epoch: string): Epoch | null {
  const key = keyOf(deviceId, epoch);
  const found = desk.epochs.get(key);
  if (found) return found;
  const ord = (desk.counts.get(deviceId) ?? 0) + 1;
  if (ord > epochsMost) return null;
  const begun: Epoch = { ord, arrival: nothingYet, isChanged: true };
  desk.epochs.set(key, begun);
  desk.counts.set(deviceId, ord);
  return begun;
}

function arrive(epoch: Epoch, arrival: Arrival): void {
  epoch.arrival = arrival;
  epoch.isChanged = true;
}

/** Heads that were said before: a number that has another hash now is of a log that was written anew. */
async function compareHeads(tx: Transaction<Tables>, drafts: readonly Draft[], now: number): Promise<void> {
  for (const { row, heads } of drafts.filter((draft) => draft.heads.length > 0)) {
    const seqs = heads.map(({ seq }) => seq);
    const stored = await tx
      .selectFrom('audit_heads')
      .select(['seq', 'hash'])
      .where('device_id', '=', row.device_id)
      .where('seq', 'in', seqs)
      .execute();
    const known = new Map(stored.map(({ seq, hash }) => [seq, hash]));
    for (const { seq, hash } of heads) {
      if ((known.get(seq) ?? hash) !== hash) fork(row, { seq, hash }, now);
      known.set(seq, known.get(seq) ?? hash);
    }
  }
}

async function save(tx: Transaction<Tables>, { drafts, epochs }: Desk): Promise<void> {
  const all = [...drafts.values()];
  await inPieces(
    all.map(({ row }) => row),
    (rows) =>
      tx
        .insertInto('device_states')
        .values(rows)
        .onConflict((conflict) => conflict.column('device_id').doUpdateSet(excludedState))
        .execute(),
  );
  const changed = [...epochs].filter(([, { isChanged }]) => isChanged);
  await inPieces(
    changed.map(([key, { ord, arrival }]) => {
      const [id = '', epoch = ''] = key.split(' ');
      const { upto, ahead } = arrival;
      return { device_id: Number(id), epoch, ord, upto, ahead: JSON.stringify(ahead) };
    }),
    (rows) =>
      tx
        .insertInto('device_epochs')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .columns(['device_id', 'epoch'])
            .doUpdateSet((set) => ({ upto: set.ref('excluded.upto'), ahead: set.ref('excluded.ahead') })),
        )
        .execute(),
  );
  await inPieces(
    all.flatMap(({ timeline }) => timeline),
    (rows) => tx.insertInto('timeline').values(rows).execute(),
  );
  await inPieces(
    all.flatMap(({ samples }) => [...samples.values()]),
    (rows) =>
      tx
        .insertInto('samples')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['device_id', 'at']).doNothing())
        .execute(),
  );
  await inPieces(firstOfEach(all.flatMap(({ heads }) => heads)), (rows) =>
    tx
      .insertInto('audit_heads')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['device_id', 'seq']).doNothing())
      .execute(),
  );
}

/** The row as it was about to be written, in place of the one that is there. Made once: it is named in every commit. */
const excludedState = Object.fromEntries(
  Object.keys(createDraft(0, undefined, 0).row)
    .filter((column) => column !== 'device_id')
    .map((column) => [column, sql.ref(`excluded.${column}`)]),
);

/** A statement can't meet its own row again. */
const firstOfEach = (heads: readonly AuditHeadRow[]): AuditHeadRow[] => [
  ...new Map(heads.toReversed().map((head) => [`${head.device_id} ${head.seq}`, head])).values(),
];
