/** A simulated device: the agent's own health and uplink, on a machine that isn't there. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createHealth, type DeviceHealth } from '@rockpool/agent/health/health.ts';
import { probeMachine } from '@rockpool/agent/health/machine-probes.ts';
import { type Schedule, startSchedule, usualCadence } from '@rockpool/agent/health/schedule.ts';
import { createSelfTest, failedIn, linesOf } from '@rockpool/agent/health/self-test.ts';
import type { LinkSeen } from '@rockpool/agent/health/warnings/seen.ts';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import { createCron, isCronExpression } from '@rockpool/agent/host/cron.ts';
import { deviceCertificate, readEnrolled } from '@rockpool/agent/uplink/enrolled.ts';
import { floorIn } from '@rockpool/agent/uplink/floor-file.ts';
import { openUplinkFile } from '@rockpool/agent/uplink/sqlite.ts';
import {
  openUplink,
  type Timings,
  type Uplink,
  type UplinkLog,
  type UplinkState,
} from '@rockpool/agent/uplink/uplink.ts';
import type { DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { ReportBody } from '@rockpool/protocol/fleet/report';
import { pathOf } from '@rockpool/protocol/update/release';
import { simulatedDeeds } from './deeds.ts';
import { keysIn, renew } from './join.ts';
import { createSimulatedMachine, type SimulatedMachine } from './machine.ts';
import type { Trouble } from './numbers.ts';
import { boardOf, type SimulatedUpdater, startSimulatedUpdater, type Updates } from './updater.ts';

export interface SimulatedDeviceOptions {
  /** Of this device alone: its keys, what it spools, what it raised. It has joined a fleet already. */
  home: string;
  name: string;
  /** Of the simulated agent. */
  agent: string;
  clock: Clock;
  log: UplinkLog;
  heartbeatS?: number;
  trouble?: Trouble;
  timings?: Partial<Timings>;
  /** How long its machine is away when it restarts. */
  rebootMs?: number;
  /** Where its releases come from; left out, it takes none. */
  updates?: Updates | undefined;
}

export interface SimulatedDevice {
  readonly name: string;
  state(): UplinkState;
  report(body: ReportBody): void;
  /** Looks at itself now, and tells it. */
  beat(): Promise<void>;
  close(): Promise<void>;
}

/** One run of its agent. */
interface Life {
  uplink: Uplink;
  health: DeviceHealth;
  beat(): Promise<void>;
  close(): Promise<void>;
}

const rebootMs = 8_000;
/** What is due is renewed by then, as on a real device. */
const lifetimeShare = 2 / 3;
const auditHeadEveryS = 3_600;
const tellEveryMs = 1_000;

export async function startSimulatedDevice(options: SimulatedDeviceOptions): Promise<SimulatedDevice> {
  const { name, log } = options;
  const machine = createSimulatedMachine(options);
  const ending = new AbortController();
  let updater = await openUpdater(options, machine);
  let life = await live(options, machine, updater, restart).catch(async (error: unknown) => {
    await updater?.close();
    throw error;
  });
  let restarting: Promise<void> | undefined;

  /** From within a deed, which must have returned when its agent ends. */
  function restart(what: 'agent' | 'machine'): void {
    restarting ??= again(what)
      .catch((err: unknown) => {
        if (!ending.signal.aborted) log.error({ err, device: name }, 'a simulated device did not come back');
      })
      .finally(() => {
        restarting = undefined;
      });
  }

  async function again(what: 'agent' | 'machine'): Promise<void> {
    await wait(0);
    await life.close();
    if (what === 'machine') {
      await updater?.close();
      await wait(options.rebootMs ?? rebootMs, undefined, { signal: ending.signal });
      machine.restart();
      updater = await openUpdater(options, machine);
    }
    life = await live(options, machine, updater, restart);
  }

  return {
    name,
    state: () => life.uplink.state(),
    report: (body) => life.uplink.report(body),
    beat: () => life.beat(),
    async close() {
      ending.abort();
      await restarting;
      await life.close();
      await updater?.close();
    },
  };
}

/** A process of its own on a real device: it goes on while the agent restarts. */
async function openUpdater(
  { home, name, clock, updates }: SimulatedDeviceOptions,
  machine: SimulatedMachine,
): Promise<SimulatedUpdater | undefined> {
  if (!updates) return undefined;
  return startSimulatedUpdater({
    ...{ folder: join(home, 'update'), name, clock, bootId: machine.boot, ...updates },
    board: boardOf(await machine.read()),
  });
}

async function live(
  options: SimulatedDeviceOptions,
  machine: SimulatedMachine,
  updater: SimulatedUpdater | undefined,
  restart: (what: 'agent' | 'machine') => void,
): Promise<Life> {
  await using opened = new AsyncDisposableStack();
  const { home, name, agent, clock, log } = options;
  mkdirSync(join(home, 'uplink'), { recursive: true, mode: 0o700 });
  const files = { folder: keysIn(home), credentials: undefined };
  const enrolled = readEnrolled(files);
  if (!enrolled) throw new Error(`${name} has not joined a fleet`);
  const system = await machine.system();
  const report = (error: unknown): void =>
    log.error({ err: error, device: name }, 'a simulated device failed');
  let uplink: Uplink | undefined;
  let schedule: Schedule | undefined;

  const health = createHealth({
    ...{ machine, home, clock, report, model: machine.model, pace: machine.pace },
    posture: () => ({ holds: true, findings: [] }),
    link: () => (uplink ? linkOf(uplink, deviceCertificate(files).validToDate.getTime()) : null),
    auditHead: async () => auditHead(name, clock.now()),
    updatePhase: () => updater?.phase() ?? 'none',
    changed: ({ code, severity, raised, detail }) =>
      uplink?.report({ kind: 'warning', code, severity, raised, ...(detail ? { detail } : {}) }),
  });
  opened.defer(() => health.close());
  const selfTest = createSelfTest([
    { name: 'machine', run: async () => probeMachine(await machine.read(), clock.now()) },
  ]);
  const cron = createCron({ device: name, report });
  opened.defer(() => cron.close());
  const obey = ({ heartbeatS, selfTest: nightly }: DeclaredConfig): void => {
    schedule
      ?.set({
        heartbeatS: heartbeatS ?? options.heartbeatS ?? usualCadence.heartbeatS,
        selfTest: nightly ?? usualCadence.selfTest,
      })
      .catch(report);
  };
  const file = openUplinkFile(join(home, 'uplink/uplink.db'));
  opened.defer(() => file.close());
  const up = openUplink({
    ...{ device: enrolled.device, identity: enrolled.identity, credentials: enrolled.credentials },
    ...{ file, floor: floorIn(join(home, 'uplink/counter')), agent, clock, log },
    ...(options.timings ? { timings: options.timings } : {}),
    boot: { id: machine.boot, uptimeMs: machine.uptimeMs },
    clockSynchronised: async () => true,
    installed: () => ({ agent, model: machine.model().name, system, ...broughtBy(updater) }),
    deeds: simulatedDeeds({
      ...{ home, files, machine, updater, clock, restart, latest: health.latest },
      async selfTest(signal) {
        const findings = await selfTest.run(signal);
        health.selfTested(failedIn(findings));
        return { failed: failedIn(findings), lines: linesOf(findings) };
      },
      async renew(signal) {
        await renew({ home, clock, newKeys: true }, signal);
        uplink?.reload();
      },
      objection: ({ selfTest: when }) =>
        when === undefined || isCronExpression(when)
          ? null
          : `“${when}” is no cron expression that ever comes.`,
      configChanged: obey,
    }),
  });
  uplink = up;
  opened.defer(() => up.close());
  up.report({ kind: 'event', what: 'agent-started', detail: `Rockpool ${agent}, simulated` });
  if (updater) opened.use(startTelling(updater, up, report));

  const beat = async (): Promise<void> => {
    up.report({ kind: 'health', health: await health.sample() });
    up.tellInstalled();
  };
  schedule = startSchedule(
    {
      ...{ cron, health, selfTest },
      tell(found) {
        up.report({ kind: 'health', health: found });
        up.tellInstalled();
      },
      async certificates(signal) {
        const { validFromDate: from, validToDate: to } = deviceCertificate(files);
        if (clock.now() < from.getTime() + (to.getTime() - from.getTime()) * lifetimeShare) return;
        await renew({ home, clock, newKeys: false }, signal);
        up.reload();
      },
    },
    options.heartbeatS === undefined ? {} : { heartbeatS: options.heartbeatS },
  );
  opened.defer(() => schedule?.stop());
  cron.every('audit-head', auditHeadEveryS, async () => {
    up.report({ kind: 'audit-head', ...auditHead(name, clock.now()) });
  });
  obey(up.config().config);
  await beat();
  const stack = opened.move();
  return { uplink: up, health, beat, close: () => stack.disposeAsync() };
}

/** Every word of the updater, and what is installed when it changed. */
function startTelling(
  updater: SimulatedUpdater,
  to: Uplink,
  report: (error: unknown) => void,
): AsyncDisposable {
  const ending = new AbortController();
  const telling = (async () => {
    while (!ending.signal.aborted) {
      await updater.tell((status) => to.report({ kind: 'update', status })).catch(report);
      to.tellInstalled();
      await wait(tellEveryMs, undefined, { signal: ending.signal }).catch(() => undefined); // it is ending
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await telling;
    },
  };
}

/** One model, one system, one agent: what an update brought stands for what was there before. */
function broughtBy(updater: SimulatedUpdater | undefined) {
  const brought = updater?.installed() ?? [];
  const model = brought.find(({ kind }) => kind === 'model');
  return {
    ...(model ? { model: `${model.name} ${model.version}` } : {}),
    releases: brought.map((release) => pathOf(release)),
  };
}

function linkOf(uplink: Uplink, certificateEndsMs: number): LinkSeen {
  const { state, controller, spooled, dropped } = uplink.state();
  return {
    controllerThere: state === 'online' ? controller !== 'away' : state === 'waiting' ? false : null,
    ...{ spooled, dropped, certificateEndsMs },
  };
}

const auditBeganMs = Date.UTC(2026, 0, 1);

/** As if somebody asked it something four times a minute. The same line has the same hash at every start, or it were a fork. */
function auditHead(name: string, nowMs: number): { seq: number; hash: string } {
  const seq = Math.max(0, Math.floor((nowMs - auditBeganMs) / 15_000));
  return { seq, hash: createHash('sha256').update(`${name} ${seq}`).digest('hex') };
}
