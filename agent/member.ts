/** The device as it sees itself, and as one of a fleet: looks at its health on schedule, and tells its controller, where it has one. */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { FastifyBaseLogger } from 'fastify';
import type { AuditLog } from './audit/log.ts';
import type { DeviceFiles, Settings } from './config/settings.ts';
import { createHealth, type DeviceHealth } from './health/health.ts';
import { openHostMachine } from './health/machine/host-machine.ts';
import type { Metrics } from './health/metrics.ts';
import type { PostureWatch } from './health/posture-watch.ts';
import type { Finding } from './health/probes.ts';
import { type Schedule, startSchedule, usualCadence } from './health/schedule.ts';
import { createSelfTest, failedIn, linesOf } from './health/self-test.ts';
import type { LinkSeen, ModelSeen } from './health/warnings/seen.ts';
import type { Clock } from './host/clock.ts';
import { createCron, isCronExpression } from './host/cron.ts';
import { askNvpmodel } from './host/nvpmodel.ts';
import { askTimedate } from './host/timedate.ts';
import { version } from './host/version.ts';
import type { Model } from './inference/model.ts';
import { openUpdates } from './update/here.ts';
import { askFolder, deedsHere, runOwn } from './uplink/deeds-here.ts';
import { deviceCertificate, type EnrolledDevice, readEnrolled, stampOf } from './uplink/enrolled.ts';
import { floorIn } from './uplink/floor-file.ts';
import { openUplinkFile } from './uplink/sqlite.ts';
import { tellState } from './uplink/told-state.ts';
import { openUplink, type Uplink } from './uplink/uplink.ts';

export interface MemberParts {
  model: Pick<Model, 'about' | 'load'>;
  audit: Pick<AuditLog, 'head'>;
  metrics: Metrics;
  clock: Clock;
  log: FastifyBaseLogger;
  /** An appliance's. */
  posture: PostureWatch | undefined;
  /** Whether nobody has an account yet. */
  needsSetup(): Promise<boolean>;
}

export interface Member {
  health: DeviceHealth;
  /** Undefined on a device without a controller. */
  uplink: Uplink | undefined;
  close(): Promise<void>;
}

const auditHeadEveryS = 3_600;
const updateWordsEveryS = 5;
/** As `provisioning` has it: renewed with a third of its time left. */
const lifetimeShare = 2 / 3;

export async function openMember(settings: Settings, parts: MemberParts): Promise<Member> {
  await using opened = new AsyncDisposableStack();
  const { home, device: files, name } = settings;
  const { log, clock, metrics, model, audit } = parts;
  const report = (error: unknown): void => log.error({ err: error }, 'looking at the device failed');
  const machine = openHostMachine({ home, askClock: clockByTimedate, askPowerMode: askNvpmodel });
  const system = await machine.system();
  const enrolled = enrolledHere(settings, log);
  const updates = await openUpdates({
    ...{ folder: settings.updateFolder, deviceFolder: files.folder, socket: settings.updateSocket },
    ...{ appliance: settings.appliance !== undefined, clock, report },
  });
  opened.defer(() => updates.close());
  let uplink: Uplink | undefined;
  let schedule: Schedule | undefined;

  const health = createHealth({
    ...{ machine, home, clock, report },
    model: () => modelSeen(model),
    pace: metrics.pace,
    posture: () => parts.posture?.last(),
    link: () => (uplink ? linkOf(uplink, settings) : null),
    auditHead: async () => audit.head(),
    updatePhase: updates.phase,
    changed: ({ code, severity, raised, detail }) =>
      uplink?.report({ kind: 'warning', code, severity, raised, ...(detail ? { detail } : {}) }),
  });
  opened.defer(() => health.close());
  metrics.watchHealth(health.latest);

  const selfTest = createSelfTest([{ name: 'doctor', run: askDoctor }]);
  const cron = createCron({ device: enrolled?.device ?? name, report });

  const obey = ({ heartbeatS, selfTest: nightly, logLevel, updates: declared }: DeclaredConfig): void => {
    if (declared) updates.declare(declared);
    log.level = logLevel ?? settings.logLevel;
    schedule
      ?.set({
        heartbeatS: heartbeatS ?? usualCadence.heartbeatS,
        selfTest: nightly ?? usualCadence.selfTest,
      })
      .catch(report);
  };

  if (enrolled) {
    try {
      uplink = openHere(enrolled);
      opened.defer(() => uplink?.close());
      beginTelling(uplink);
    } catch (err) {
      log.error({ err }, 'the uplink can not be opened; people are served without it');
    }
  }
  // Closed before what its jobs speak to.
  opened.defer(() => cron.close());

  schedule = startSchedule({
    ...{ cron, health, selfTest },
    tell(found) {
      uplink?.report({ kind: 'health', health: found });
      uplink?.tellInstalled();
    },
    ...(enrolled && !settings.appliance ? { certificates: renewOnDesk } : {}),
  });
  opened.defer(() => schedule?.stop());
  if (uplink) obey(uplink.config().config);
  const stack = opened.move();
  return { health, uplink, close: () => stack.disposeAsync() };

  function openHere({ device, identity, credentials }: EnrolledDevice): Uplink {
    const file = openUplinkFile(join(home, 'uplink/uplink.db'));
    opened.defer(() => file.close());
    return openUplink({
      ...{ device, identity, credentials, file, clock, log, agent: version },
      floor: floorIn(join(home, 'uplink/counter')),
      boot: { id: bootId(), uptimeMs: () => uptime() * 1_000 },
      clockSynchronised: async () =>
        health.latest()?.posture.clockSynchronised ?? (await clockByTimedate()) ?? null,
      installed: () => ({
        ...{ agent: version, model: model.about()?.id ?? null, system },
        releases: [...updates.releases()],
      }),
      changed: (state) => tellState(home, state),
      deeds: deedsHere({
        ...{ home, files, bootId: bootId() },
        appliance: settings.appliance && { askFolder },
        async selfTest(signal) {
          const findings = await selfTest.run(signal);
          health.selfTested(failedIn(findings));
          return { failed: failedIn(findings), lines: linesOf(findings) };
        },
        objection: ({ selfTest, updates: declared }) => {
          const windows = [declared?.activate, declared?.fetch, declared?.slow].flatMap((each) => each ?? []);
          const wrong = [selfTest, ...windows.map(({ cron: when }) => when)].find(
            (when) => when !== undefined && !isCronExpression(when),
          );
          return wrong === undefined ? null : `“${wrong}” is no cron expression that ever comes.`;
        },
        configChanged: obey,
        updates,
        endProcess: () => void process.kill(process.pid, 'SIGTERM'),
      }),
    });
  }

  /** What happens besides health, each told once. */
  function beginTelling(to: Uplink): void {
    to.report({ kind: 'event', what: 'agent-started', detail: `Rockpool ${version}` });
    let { restarts, swaps } = model.load();
    let waitsForSetup: boolean | undefined;
    let head = -1;
    let stamp = stampOf(files);
    cron.every('happenings', 10, async () => {
      const now = model.load();
      if (now.restarts > restarts) to.report({ kind: 'event', what: 'model-restarted' });
      if (now.swaps > swaps) to.report({ kind: 'event', what: 'model-swapped' });
      ({ restarts, swaps } = now);
      if (waitsForSetup !== false) {
        const waits = await parts.needsSetup();
        if (waitsForSetup && !waits) to.report({ kind: 'event', what: 'setup-done' });
        waitsForSetup = waits;
      }
      const found = stampOf(files);
      if (found !== stamp) to.reload();
      stamp = found;
    });
    cron.every('updates', updateWordsEveryS, () =>
      updates.take((status) => {
        to.report({ kind: 'update', status });
        if (status.outcome !== undefined) to.tellInstalled();
      }),
    );
    cron.every('audit-head', auditHeadEveryS, async () => {
      const newest = audit.head();
      if (newest.seq > head) to.report({ kind: 'audit-head', ...newest });
      head = newest.seq;
    });
  }

  /** An appliance's timer does it as root. Also long after its end: the identity is proof enough. */
  async function renewOnDesk(signal: AbortSignal): Promise<void> {
    const { validFromDate: from, validToDate: to } = deviceCertificate(files);
    const dueMs = from.getTime() + (to.getTime() - from.getTime()) * lifetimeShare;
    if (clock.now() < dueMs) return;
    await runOwn('provisioning/main.ts', ['join', '--renew', '--home', home], signal);
  }

  async function askDoctor(signal: AbortSignal): Promise<Finding[]> {
    const said = await runOwn('agent/main.ts', ['doctor', '--json'], signal, (code) => code === 1);
    return (JSON.parse(said) as { findings: Finding[] }).findings;
  }
}

/** People are served without a fleet: what is wrong with it is told, and doesn't keep the agent from starting. */
function enrolledHere({ device }: Settings, log: FastifyBaseLogger): EnrolledDevice | null {
  try {
    return readEnrolled(device);
  } catch (err) {
    log.error({ err }, 'what the controller gave this device can not be read; there is no uplink');
    return null;
  }
}

/** Changes with each start of the machine; where the kernel doesn't tell, with each of ours. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `process-${process.pid}`;
  }
}

async function clockByTimedate(): Promise<boolean | undefined> {
  const said = /^NTPSynchronized=(yes|no)$/m.exec((await askTimedate()) ?? '')?.[1];
  return said === undefined ? undefined : said === 'yes';
}

const modelSeen = (model: Pick<Model, 'about' | 'load'>): ModelSeen => {
  const about = model.about();
  const { running, waiting, restarts } = model.load();
  return { name: about?.id ?? null, loaded: about !== undefined, active: running, queued: waiting, restarts };
};

function linkOf(uplink: Uplink, { device }: Settings): LinkSeen {
  const { state, controller, spooled, dropped } = uplink.state();
  return {
    controllerThere: state === 'online' ? controller !== 'away' : state === 'waiting' ? false : null,
    ...{ spooled, dropped },
    certificateEndsMs: certificateEndsMs(device),
  };
}

/** Null for one that is gone or damaged: the uplink tells why there is no connection, and readings go on. */
function certificateEndsMs(files: DeviceFiles): number | null {
  try {
    return deviceCertificate(files).validToDate.getTime();
  } catch {
    return null;
  }
}
