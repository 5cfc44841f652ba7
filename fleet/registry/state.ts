/** What is known of a device after it said something more. Pure: rows in, rows out. */

import type { CommandResult } from '@rockpool/protocol/fleet/command';
import type { Health } from '@rockpool/protocol/fleet/health';
import type { ReportBody, State } from '@rockpool/protocol/fleet/report';
import type { UpdateStatus } from '@rockpool/protocol/update/status';
import { type Birth, birthsOf, presenceOf } from './presence.ts';
import type { AuditHeadRow, DeviceStateRow, SampleRow, TimelineRow } from './reported-tables.ts';
import { hottest, sampleOf } from './samples.ts';

/** A device's rows while a group of messages is read into them. */
export interface Draft {
  row: DeviceStateRow;
  /** Its presence as everyone knows it; null for a device that never spoke. */
  was: DeviceStateRow['presence'] | null;
  timeline: Omit<TimelineRow, 'id'>[];
  /** By their time: one in five minutes. */
  samples: Map<number, SampleRow>;
  heads: AuditHeadRow[];
  results: CommandResult[];
  /** What it said of its updates, and by which report. */
  updates: (Number & { status: UpdateStatus })[];
  /** A birth that is new: commands that wait for it may be sent. */
  isBorn: boolean;
}

/** Which report it is: epochs in the order in which they came, numbers within them. */
export interface Number {
  ord: number;
  seq: number;
}

export interface ReportSaid extends Number {
  at: number;
  body: ReportBody | null;
  isLive: boolean;
}

const heartbeatS = 30;
const birthsKept = 12;
/** What a device that was offline tells of longer ago than this is told at the wrong time, or kept for too long. */
const historyMs = 40 * 86_400_000;
/** Clocks that are off by less need no correction. */
const skewMostMs = 60_000;

export function createDraft(deviceId: number, row: DeviceStateRow | undefined, now: number): Draft {
  return {
    row: row ? { ...row } : unheardOf(deviceId, now),
    was: row?.presence ?? null,
    ...{ timeline: [], samples: new Map(), heads: [], results: [], updates: [], isBorn: false },
  };
}

const unheardOf = (deviceId: number, now: number): DeviceStateRow => ({
  device_id: deviceId,
  ...{ presence: 'online', presence_at: now, seen_at: now },
  // It speaks, so it is there; its birth may have been lost or be on its way.
  ...{ connected: 1, connected_at: now, epoch: '', epoch_ord: 0, connection: -1, births: '[]', boot: '' },
  ...{ command_counter: 0, spool_oldest: 0, spool_newest: 0, spool_dropped: 0 },
  ...{ agent: null, model: null, system: null, releases: '[]' },
  ...{ config_version: 0, config: '{}', heartbeat_s: heartbeatS },
  ...{ reported_ord: 0, reported_seq: 0, health: null, health_at: null, health_ord: 0, health_seq: 0 },
  ...{ cpu_permille: null, memory_available_mib: null, hottest_milli_c: null, posture_holds: null },
  ...{ warnings: '[]', skew_ms: null, head_ord: 0, head_seq: 0, audit_seq: null, audit_hash: null },
  ...{ audit_fork: null, audit_fork_at: null, cloned_at: null },
});

/** @returns false when it is of a connection that was followed by another: then it says nothing any more */
export function takeState(draft: Draft, state: State, ord: number, now: number): boolean {
  const { row } = draft;
  const isOlder = ord < row.epoch_ord || (ord === row.epoch_ord && state.connection < row.connection);
  if (isOlder) return false;
  const isSame = ord === row.epoch_ord && state.connection === row.connection;
  if (state.state === 'offline') {
    if (isSame && row.connected === 0) return false;
    Object.assign(row, { connected: 0, connected_at: now, epoch: state.epoch, epoch_ord: ord });
    row.connection = state.connection;
    return true;
  }
  const boot = state.birth?.boot ?? row.boot;
  // One spool counts its connections; whoever uses a number again has a copy of it.
  if (isSame && boot !== row.boot) row.cloned_at = now;
  // Its will came first, or it is a repetition; either way that connection is over or known.
  if (isSame) return false;
  const births = birthsOf(row);
  // A boot has a name of its own; one that returns after another runs beside it.
  if (boot !== births.at(-1)?.[1] && births.some(([, earlier]) => earlier === boot)) row.cloned_at = now;
  Object.assign(row, { connected: 1, connected_at: now, epoch: state.epoch, epoch_ord: ord, boot });
  row.connection = state.connection;
  row.births = JSON.stringify([...births, [now, boot] satisfies Birth].slice(-birthsKept));
  row.seen_at = now;
  if (state.birth) {
    const { agent, counter, configVersion, spool } = state.birth;
    Object.assign(row, { agent, command_counter: counter, config_version: configVersion });
    row.spool_oldest = spool.oldest;
    row.spool_newest = spool.newest;
    row.spool_dropped += spool.dropped;
  }
  draft.isBorn = true;
  return true;
}

/** One that was not here before. */
export function takeReport(draft: Draft, said: ReportSaid, now: number): void {
  const { row } = draft;
  row.seen_at = now;
  row.spool_newest = Math.max(row.spool_newest, said.seq);
  if (said.isLive) row.skew_ms = said.at - now;
  const { body } = said;
  switch (body?.kind) {
    case undefined:
      note(draft, said, now, 'event', 'report-not-understood', null);
      break;
    case 'health':
      takeHealth(draft, body.health, said, now);
      break;
    case 'warning':
      takeWarning(draft, body, said, now);
      break;
    case 'event':
      note(draft, said, now, 'event', body.what, body.detail ?? null);
      break;
    case 'result':
      draft.results.push(body.result);
      break;
    case 'update':
      draft.updates.push({ ord: said.ord, seq: said.seq, status: body.status });
      noteUpdate(draft, body.status, said, now);
      break;
    case 'audit-head':
      draft.heads.push({ device_id: row.device_id, seq: body.seq, hash: body.hash, at: now });
      note(draft, said, now, 'audit-head', String(body.seq), body.hash);
      takeHead(row, body, said, now);
      break;
    case 'reported':
      takeReported(row, body, said);
  }
}

function takeHealth(draft: Draft, health: Health, said: ReportSaid, now: number): void {
  const { row } = draft;
  const at = said.isLive ? now : whenSaid(row, said.at, now);
  if (at !== null) {
    const sample = sampleOf(row.device_id, health, at);
    if (!draft.samples.has(sample.at)) draft.samples.set(sample.at, sample);
  }
  if (!isNewer(said, { ord: row.health_ord, seq: row.health_seq })) return;
  // The whole of what is raised: also what was said by a report of its own, unless that came later.
  row.warnings = JSON.stringify(health.warnings);
  row.health = JSON.stringify(health);
  row.health_ord = said.ord;
  row.health_seq = said.seq;
  // History says how it was, not that it is well now.
  if (said.isLive || row.health_at === null) row.health_at = now;
  row.cpu_permille = health.cpu.loadPermille;
  row.memory_available_mib = health.memory.availableMiB;
  row.hottest_milli_c = hottest(health);
  row.posture_holds = health.posture.holds ? 1 : 0;
  if (health.model.name !== null) row.model = health.model.name;
  if (health.auditHead) takeHead(row, health.auditHead, said, now);
}

type Warning = Health['warnings'][number];

function takeWarning(
  draft: Draft,
  warning: Extract<ReportBody, { kind: 'warning' }>,
  said: ReportSaid,
  now: number,
): void {
  const { row } = draft;
  const { code, severity, raised, detail } = warning;
  note(draft, said, now, 'warning', code, raised ? (detail ?? null) : 'cleared');
  if (!isNewer(said, { ord: row.health_ord, seq: row.health_seq })) return;
  const others = (JSON.parse(row.warnings) as Warning[]).filter((one) => one.code !== code);
  const added: Warning[] = raised
    ? [{ code, severity, since: said.at, ...(detail === undefined ? {} : { detail: detail.slice(0, 120) }) }]
    : [];
  row.warnings = JSON.stringify([...others, ...added]);
}

function takeReported(
  row: DeviceStateRow,
  body: Extract<ReportBody, { kind: 'reported' }>,
  said: ReportSaid,
): void {
  if (!isNewer(said, { ord: row.reported_ord, seq: row.reported_seq })) return;
  row.reported_ord = said.ord;
  row.reported_seq = said.seq;
  row.config_version = body.configVersion;
  row.config = JSON.stringify(body.config);
  const { releases, ...installed } = body.installed;
  Object.assign(row, installed);
  // An agent that knows of no releases says nothing of them.
  row.releases = JSON.stringify(releases ?? []);
  const { heartbeatS: told } = body.config;
  row.heartbeat_s = typeof told === 'number' && told >= 1 && told <= 86_400 ? told : heartbeatS;
}

/** How far the bytes are is no matter here; where it stood and how it ended is. */
const notedPhases: ReadonlySet<string> = new Set(['accepted', 'activating', 'rolling-back', 'failed-safe']);

function noteUpdate(draft: Draft, status: UpdateStatus, said: ReportSaid, now: number): void {
  const { phase, outcome, release, reason, says } = status;
  if (outcome === undefined && !notedPhases.has(phase)) return;
  const detail = [release, ...(reason === undefined ? [] : [reason]), ...(says === undefined ? [] : [says])];
  note(draft, said, now, 'event', `update-${outcome ?? phase}`, detail.join(': '));
}

/** A log that only grows: its newest line has a higher number every time, and one number never two hashes. */
function takeHead(
  row: DeviceStateRow,
  { seq, hash }: { seq: number; hash: string },
  said: Number,
  now: number,
): void {
  const isForked = seq === row.audit_seq && hash !== row.audit_hash;
  const isNew = isNewer(said, { ord: row.head_ord, seq: row.head_seq });
  const wentBack = isNew && row.audit_seq !== null && seq < row.audit_seq;
  if (isForked || wentBack) fork(row, { seq, hash }, now);
  if (!isNew) return;
  row.head_ord = said.ord;
  row.head_seq = said.seq;
  row.audit_seq = seq;
  row.audit_hash = hash;
}

/** The first is kept: what follows it is of a log that nobody can trust any more. */
export function fork(row: DeviceStateRow, is: { seq: number; hash: string }, now: number): void {
  if (row.audit_fork !== null) return;
  row.audit_fork = JSON.stringify({ was: { seq: row.audit_seq, hash: row.audit_hash }, is });
  row.audit_fork_at = now;
}

const isNewer = (a: Number, b: Number): boolean => a.ord > b.ord || (a.ord === b.ord && a.seq > b.seq);

function note(
  draft: Draft,
  said: ReportSaid,
  now: number,
  kind: TimelineRow['kind'],
  what: string,
  detail: string | null,
): void {
  const at = said.isLive ? now : (whenSaid(draft.row, said.at, now) ?? now);
  draft.timeline.push({ device_id: draft.row.device_id, at, device_at: said.at, kind, what, detail });
}

/** @returns when it was by our clock, as far as the device's can tell; null when that can't be */
function whenSaid({ skew_ms: skew }: DeviceStateRow, deviceAt: number, now: number): number | null {
  const at = deviceAt - (skew !== null && Math.abs(skew) > skewMostMs ? skew : 0);
  return at <= now + skewMostMs && at >= now - historyMs ? Math.min(at, now) : null;
}

/** Last, when all that came is in it. */
export function judgePresence(draft: Draft, now: number, listeningSince: number): void {
  const { row } = draft;
  const presence = presenceOf(row, now, listeningSince);
  if (presence === draft.was) return;
  row.presence = presence;
  row.presence_at = now;
  const what = presence;
  draft.timeline.push({
    ...{ device_id: row.device_id, at: now, device_at: null, kind: 'presence', what, detail: null },
  });
}
