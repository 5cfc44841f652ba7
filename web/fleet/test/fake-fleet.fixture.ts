/** A fleet that never was, for tests: a thousand devices in as many towns, most of them well. */
import type {
  Alert,
  AuditRow,
  ClaimRow,
  CommandRow,
  DeviceDetail,
  OperatorRow,
  Overview,
  Presence,
  Samples,
  TimelineEntry,
} from '@rockpool/protocol/fleet/api';
import type { CommandOrder } from '@rockpool/protocol/fleet/command';
import type { Health } from '@rockpool/protocol/fleet/health';
import type { WarningCode } from '@rockpool/protocol/fleet/warnings';
import type { z } from 'zod';
import {
  type FakeReleases,
  type FakeRollout,
  model,
  releasesOf,
  rolloutsOf,
} from './fake-rollouts.fixture.ts';

/** As the wire has it: names are plain until a schema has read them. */
export type Device = z.input<typeof import('@rockpool/protocol/fleet/api').DeviceDetail>;
type FakeAlert = z.input<typeof import('@rockpool/protocol/fleet/api').Alert>;
type FakeCommand = z.input<typeof import('@rockpool/protocol/fleet/api').CommandRow>;
type FakeClaim = z.input<typeof import('@rockpool/protocol/fleet/api').ClaimRow>;
type FakeOperator = z.infer<typeof OperatorRow>;
type FakeAudit = z.infer<typeof AuditRow>;

export type { Alert, ClaimRow, CommandRow, DeviceDetail, TimelineEntry };

const towns =
  'leeds york hull ripon derby stoke truro wells exeter bath poole dover deal luton ely diss cromer oakham buxton kendal penrith whitby selby goole louth stamford ludlow hereford monmouth brecon bala harlech conwy mold chester crewe';
const regions = ['north', 'midlands', 'south', 'east', 'west', 'wales'] as const;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The same numbers for the same seed, so that a picture is the same tomorrow. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

export interface FakeFleet {
  now: number;
  devices: Map<string, Device>;
  alerts: FakeAlert[];
  claims: FakeClaim[];
  operators: FakeOperator[];
  audit: FakeAudit[];
  rollouts: FakeRollout[];
  releases: FakeReleases;
}

export function emptyFleet(now = Date.now()): FakeFleet {
  return {
    ...{ now, devices: new Map(), alerts: [], claims: [], operators: [], audit: [] },
    ...{ rollouts: [], releases: { releases: [], roles: [] } },
  };
}

/** @param size devices; every tenth shares its branch with the one before */
export function livedIn(size = 1_000, now = Date.now()): FakeFleet {
  const roll = dice(7);
  const fleet = emptyFleet(now);
  const names = towns.split(' ');
  for (let place = 0; place < size; place += 1) {
    const site = place % 10 === 9 ? place - 1 : place;
    const round = Math.floor(site / names.length);
    const branch = `${names[site % names.length]}${round ? `-${round + 1}` : ''}`;
    const presence = presenceOf(roll());
    const name = place === site ? branch : `${branch}-b`;
    const region = regions[site % regions.length] ?? 'north';
    fleet.devices.set(name, deviceOf(name, { branch, region }, presence, now, roll));
  }
  raise(fleet);
  fleet.operators.push(
    { name: 'ada', role: 'admin', createdAt: now - 90 * day, lastSeenAt: now - 20_000 },
    { name: 'bo', role: 'operator', createdAt: now - 40 * day, lastSeenAt: now - 3 * hour },
    { name: '陈晨', role: 'viewer', createdAt: now - 9 * day, lastSeenAt: null },
  );
  fleet.claims.push(...claimsOf(now));
  fleet.audit.push(...auditOf(now));
  fleet.rollouts.push(...rolloutsOf([...fleet.devices.keys()].slice(0, 40), now));
  fleet.releases = releasesOf(now);
  return fleet;
}

function presenceOf(share: number): Presence {
  if (share < 0.972) return 'online';
  if (share < 0.984) return 'offline';
  if (share < 0.99) return 'degraded';
  if (share < 0.993) return 'flapping';
  return share < 0.998 ? 'never' : 'revoked';
}

function deviceOf(
  name: string,
  labels: Record<string, string>,
  presence: Presence,
  now: number,
  roll: () => number,
): Device {
  const isKnown = presence !== 'never';
  const seenAt = !isKnown
    ? null
    : presence === 'online'
      ? now - Math.floor(roll() * 28_000)
      : now - Math.floor((0.2 + roll() * 5) * hour);
  const health = isKnown ? healthOf(roll) : null;
  const agent = roll() < 0.91 ? '0.9.2' : roll() < 0.8 ? '0.9.1' : '0.8.7';
  return {
    name,
    labels,
    presence,
    seenAt,
    agent: isKnown ? agent : null,
    model: isKnown ? 'qwen3-4b-instruct-q4' : null,
    postureHolds: health?.posture.holds ?? null,
    worst: null,
    alerts: 0,
    cpuPermille: health?.cpu.loadPermille ?? null,
    memoryAvailableMiB: health?.memory.availableMiB ?? null,
    hottestMilliC: health?.temperatures[0]?.milliC ?? null,
    enrolledAt: now - Math.floor((3 + roll() * 200) * day),
    identity: 'sha256:9f2c4be07d1355aa8e61c0f7b2d94c3e5a71806fd2be49137cc80a4e6b1d5f20',
    certificate: { serial: '4a:91:0c:7e:33:d2:18:f0', expiresAt: now + 61 * day },
    revoked: presence === 'revoked' ? { at: now - 2 * day, because: 'stolen from the branch' } : null,
    health,
    healthAt: seenAt,
    config: {
      desired: isKnown ? { heartbeatS: 30, logLevel: 'info' } : {},
      desiredVersion: isKnown ? 3 : 0,
      reported: isKnown
        ? { heartbeatS: 30, logLevel: 'info', selfTest: '15 3 * * *', supportBundles: true }
        : {},
      reportedVersion: isKnown ? 3 : 0,
    },
    installed: isKnown
      ? {
          ...{ agent, model: 'qwen3-4b-instruct-q4', system: 'rockpool-os 2026.3.1' },
          releases: ['agent/rockpool-agent/0.9.2', 'patches/rockpool-os/2026.3.1'],
        }
      : null,
    update: isKnown
      ? {
          ...{ rollout: '0199c0de-0000-4000-9000-000000000001', release: model, phase: 'fetching' },
          ...{ permille: 412, outcome: null, reason: null, at: now - 9_000 },
        }
      : null,
    open: [],
    commands: isKnown ? commandsOf(name, now) : [],
    timeline: isKnown ? timelineOf(now) : [],
  };
}

function healthOf(roll: () => number): Health {
  return {
    uptimeS: Math.floor(roll() * 40 * 86_400) + 900,
    cpu: { cores: 6, loadPermille: Math.floor(60 + roll() * 420) },
    memory: { totalMiB: 7_620, availableMiB: Math.floor(900 + roll() * 3_000), swapUsedMiB: 0 },
    disk: {
      totalMiB: 476_000,
      freeMiB: Math.floor(90_000 + roll() * 300_000),
      wearPercent: 4,
      readOnly: false,
    },
    temperatures: [
      { zone: 'tj-thermal', milliC: Math.floor(44_000 + roll() * 26_000), limitMilliC: 99_000 },
      { zone: 'gpu-thermal', milliC: Math.floor(40_000 + roll() * 24_000), limitMilliC: 99_000 },
    ],
    network: { receivedKiBps: Math.floor(roll() * 60), sentKiBps: Math.floor(roll() * 200) },
    jetson: {
      board: 'NVIDIA Jetson Orin Nano Developer Kit',
      l4t: '36.4.3',
      gpuLoadPermille: Math.floor(roll() * 900),
      gpuMemoryMiB: 3_420,
      rails: [
        { rail: 'VDD_IN', milliW: Math.floor(5_200 + roll() * 9_000) },
        { rail: 'VDD_CPU_GPU_CV', milliW: 2_900 },
      ],
      overCurrents: 0,
      underVoltages: 0,
      fanPermille: 310,
      fanRpm: 1_840,
      nvpmodel: '15W',
      throttled: false,
    },
    model: {
      name: 'qwen3-4b-instruct-q4',
      loaded: true,
      active: 1,
      queued: roll() < 0.9 ? 0 : 3,
      milliTokensPerS: Math.floor(13_000 + roll() * 6_000),
      firstTokenP50Ms: 380,
      firstTokenP95Ms: Math.floor(700 + roll() * 900),
    },
    posture: { holds: true, missing: [], certificateDays: 61, clockSynchronised: true },
    update: { phase: 'idle' },
    auditHead: { seq: 40_212, hash: 'c1'.repeat(32) },
    warnings: [],
  };
}

function commandsOf(device: string, now: number): FakeCommand[] {
  const given = (
    place: number,
    order: z.input<typeof CommandOrder>,
    state: FakeCommand['state'],
    agoMs: number,
    result: FakeCommand['result'] = null,
  ): FakeCommand => ({
    id: `0199c0de-0000-4000-8000-${String(place).padStart(12, '0')}`,
    device,
    order,
    state,
    result,
    by: 'ada',
    createdAt: now - agoMs,
    changedAt: now - agoMs + 4_000,
    notAfter: now - agoMs + 15 * minute,
  });
  const id = '0199c0de-0000-4000-8000-000000000002';
  return [
    given(1, { name: 'check-update', args: {} }, 'accepted', 40_000),
    given(2, { name: 'run-self-test', args: {} }, 'succeeded', 2 * hour, {
      id,
      state: 'succeeded',
      says: 'All eleven checks passed.',
      found: ['golden prompt: 41 tokens in 2.6 s', 'disk: 412 MB/s', 'clock: 3 ms off'],
    }),
    given(3, { name: 'use-model', args: { model: 'qwen3-8b-instruct-q4' } }, 'refused', 26 * hour, {
      id,
      state: 'refused',
      reason: 'unsupported',
      says: 'The model needs 6.1 GB of memory, and 4.9 GB are free.',
    }),
    given(4, { name: 'reboot', args: {} }, 'expired', 3 * day),
  ];
}

function timelineOf(now: number): TimelineEntry[] {
  return [
    { at: now - 40_000, kind: 'operator', what: 'command-create', detail: 'ada' },
    { at: now - 20 * minute, kind: 'presence', what: 'online', detail: null },
    { at: now - 22 * minute, kind: 'presence', what: 'offline', detail: 'the connection was cut' },
    { at: now - 2 * hour, kind: 'command', what: 'run-self-test', detail: 'succeeded; asked by ada' },
    { at: now - 4 * hour, kind: 'warning', what: 'near-heat-limit', detail: 'cleared' },
    { at: now - 5 * hour, kind: 'warning', what: 'near-heat-limit', detail: 'gpu-thermal 93 °C' },
    { at: now - 26 * hour, kind: 'event', what: 'agent-started', detail: '0.9.2' },
    { at: now - 27 * hour, kind: 'audit-head', what: 'audit-head', detail: '#40000' },
  ];
}

/** What is raised, and on whom: also told by the devices' own rows. */
function raise(fleet: FakeFleet): void {
  const { now, devices } = fleet;
  const add = (alert: Omit<FakeAlert, 'id' | 'clearedAt' | 'acknowledged'> & Partial<FakeAlert>): void => {
    const full: FakeAlert = { clearedAt: null, acknowledged: null, ...alert, id: fleet.alerts.length + 1 };
    fleet.alerts.push(full);
    if (full.clearedAt !== null) return;
    for (const name of full.devices) {
      const device = devices.get(name);
      if (!device) continue;
      device.open.push(full);
      device.alerts += 1;
      if (rank(full.severity) > rank(device.worst)) device.worst = full.severity;
    }
  };
  const one = (
    name: string,
    code: WarningCode | 'offline' | 'flapping',
    severity: FakeAlert['severity'],
    agoMs: number,
    more: Partial<FakeAlert> = {},
  ) => add({ code, severity, subject: name, devices: [name], detail: null, raisedAt: now - agoMs, ...more });

  for (const name of ['ripon', 'ripon-2']) {
    const device = devices.get(name);
    if (!device) continue;
    device.presence = 'offline';
    device.labels = { ...device.labels, branch: 'ripon' };
  }
  if (devices.size > 20) {
    add({
      code: 'site-offline',
      severity: 'critical',
      subject: 'branch=ripon',
      devices: ['ripon', 'ripon-2'],
      detail: 'All 2 devices of the branch went away within 40 s.',
      raisedAt: now - 34 * minute,
    });
    const york = devices.get('york');
    if (york?.health) {
      york.health.posture = {
        holds: false,
        missing: ['disk-encrypted', 'clock'],
        certificateDays: 61,
        clockSynchronised: false,
      };
      york.postureHolds = false;
    }
    one('york', 'clock-unsynchronised', 'warning', 3 * hour, { detail: 'Off by 41 s.' });
    one('york', 'posture-missing', 'critical', 12 * minute, { detail: 'disk-encrypted, clock' });
    one('hull', 'disk-full', 'critical', 55 * minute, { detail: '1.2 GB free of 476 GB' });
    one('stoke', 'certificate-week', 'notice', 2 * day);
    one('derby', 'offline', 'critical', 5 * hour, { acknowledged: { by: 'bo', at: now - 2 * hour } });
    one('truro', 'flapping', 'warning', 26 * minute);
    one('bath', 'clock-unsynchronised', 'warning', 9 * day, { clearedAt: now - 8 * day });
  }
  for (const device of devices.values())
    if (device.presence === 'offline' && device.open.length === 0)
      one(device.name, 'offline', 'critical', now - (device.seenAt ?? now));
}

const rank = (severity: FakeAlert['severity'] | null): number =>
  severity === null ? 0 : { notice: 1, warning: 2, critical: 3 }[severity];

function claimsOf(now: number): FakeClaim[] {
  const claim = {
    labels: { branch: 'leeds' },
    createdBy: 'ada',
    createdAt: now - 3 * hour,
    expiresAt: now + 21 * hour,
  };
  return [
    { ...claim, id: 4, name: null, state: 'open', device: null },
    {
      ...claim,
      id: 3,
      name: 'leeds-b',
      state: 'used',
      device: 'leeds',
      createdAt: now - 2 * day,
      expiresAt: now - day,
    },
    {
      ...claim,
      id: 2,
      name: null,
      labels: {},
      state: 'expired',
      device: null,
      createdAt: now - 9 * day,
      expiresAt: now - 8 * day,
    },
    {
      ...claim,
      id: 1,
      name: null,
      state: 'revoked',
      device: null,
      createdAt: now - 12 * day,
      expiresAt: now - 11 * day,
    },
  ];
}

function auditOf(now: number): FakeAudit[] {
  const actions = [
    ['command-create', 'leeds', 'check-update, good for 900 s'],
    ['claim-create', 'claim 4', 'branch=leeds, 24 h'],
    ['alert-acknowledge', 'derby', 'offline'],
    ['device-label', 'york', 'region=north'],
    ['operator-add', 'bo', 'operator'],
  ] as const;
  return Array.from({ length: 240 }, (_, place) => {
    const [action, subject, detail] = actions[place % actions.length] ?? actions[0];
    return {
      seq: 240 - place,
      at: now - place * 40 * minute,
      who: place % 3 ? 'ada' : 'bo',
      action,
      subject,
      detail,
    };
  });
}

export function overviewOf({ devices, alerts }: FakeFleet, by: string): z.input<typeof Overview> {
  const all = [...devices.values()];
  const counts = { online: 0, degraded: 0, flapping: 0, offline: 0, never: 0, revoked: 0 };
  const groups = new Map<string, z.input<typeof Overview>['groups'][number]>();
  const agents = new Map<string, number>();
  for (const { presence, labels, worst, agent } of all) {
    counts[presence] += 1;
    if (agent) agents.set(agent, (agents.get(agent) ?? 0) + 1);
    const value = labels[by];
    if (value === undefined || presence === 'revoked') continue;
    const group = groups.get(value) ?? { value, total: 0, online: 0, worst: null };
    group.total += 1;
    if (presence === 'online') group.online += 1;
    if (rank(worst) > rank(group.worst)) group.worst = worst;
    groups.set(value, group);
  }
  const open = alerts.filter(({ clearedAt }) => clearedAt === null);
  const openOf = (severity: FakeAlert['severity']) =>
    open.filter((alert) => alert.severity === severity).length;
  return {
    counts,
    total: all.length,
    openAlerts: { notice: openOf('notice'), warning: openOf('warning'), critical: openOf('critical') },
    agents: [...agents].map(([version, count]) => ({ version, devices: count })),
    labelKeys: [...new Set(all.flatMap(({ labels }) => Object.keys(labels)))].sort(),
    groups: [...groups.values()],
  };
}

/** One a minute, waves with a night in them, and half an hour of which nothing is known. */
export function samplesOf(from: number, to: number, hasJetson = true): z.input<typeof Samples> {
  const step = Math.max(60, Math.ceil((to - from) / 1000 / 700));
  const start = Math.ceil(from / 1000 / step) * step;
  const at: number[] = [];
  for (let second = start; second <= to / 1000; second += step) if (second % 14_400 < 12_600) at.push(second);
  const roll = dice(3);
  const wave = (low: number, high: number, periodS: number, noise: number) =>
    at.map((second) => {
      const turn = (Math.sin((second / periodS) * 2 * Math.PI) + 1) / 2;
      return Math.max(0, Math.round(low + (high - low) * turn + (roll() - 0.5) * noise));
    });
  const none = at.map(() => null);
  return {
    at,
    cpuPermille: wave(90, 420, 5_400, 160),
    memoryAvailableMiB: wave(2_100, 3_300, 20_000, 120),
    diskFreeMiB: wave(310_000, 312_000, 90_000, 10),
    hottestMilliC: wave(47_000, 63_000, 5_400, 1_500),
    gpuLoadPermille: hasJetson ? wave(40, 780, 5_400, 320) : none,
    powerMilliW: hasJetson ? wave(5_600, 13_800, 5_400, 900) : none,
    milliTokensPerS: wave(11_500, 17_500, 7_000, 900),
    queued: wave(0, 2, 5_400, 2),
    firstTokenP95Ms: wave(480, 1_900, 5_400, 300),
  };
}
