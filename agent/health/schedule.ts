/** When a device looks at itself: heartbeats, the look at its certificate, its self-test at night. */
import type { Health } from '@rockpool/protocol/fleet/health';
import type { Cron, Job } from '../host/cron.ts';
import type { DeviceHealth } from './health.ts';
import { failedIn, type SelfTest } from './self-test.ts';

export interface ScheduleParts {
  cron: Cron;
  health: DeviceHealth;
  selfTest: SelfTest;
  /** Each look goes this way; out of a building without a controller it goes no further. */
  tell(health: Health): void;
  /** Renews what is due; most days nothing is. */
  certificates?(signal: AbortSignal): Promise<void>;
}

export interface Cadence {
  heartbeatS: number;
  /** A cron expression, by the device's own time. */
  selfTest: string;
}

export const usualCadence: Cadence = { heartbeatS: 30, selfTest: '30 3 * * *' };

export interface Schedule {
  /** Others from now on: what a controller declared. What stays as it was isn't begun anew. */
  set(cadence: Partial<Cadence>): Promise<void>;
  stop(): Promise<void>;
}

/** A fleet that is told to test itself at 3:30 does so until 4:00, each device at its own time. */
const selfTestSpreadS = 30 * 60;
const certificatesEvery = '15 * * * *';
const certificatesSpreadS = 45 * 60;

export function startSchedule(parts: ScheduleParts, cadence: Partial<Cadence> = {}): Schedule {
  const { cron, health, selfTest, tell, certificates } = parts;
  let now: Cadence = { ...usualCadence, ...cadence };
  const heartbeat = (): Job =>
    cron.every('heartbeat', now.heartbeatS, async () => tell(await health.sample()));
  const nightly = (): Job =>
    cron.at('self-test', now.selfTest, selfTestSpreadS, async (signal) => {
      health.selfTested(failedIn(await selfTest.run(signal)));
    });
  let heartbeats = heartbeat();
  let nights = nightly();
  const renewals = certificates
    ? cron.at('certificates', certificatesEvery, certificatesSpreadS, certificates)
    : undefined;
  return {
    async set(wanted) {
      const before = now;
      now = { ...now, ...wanted };
      if (now.heartbeatS !== before.heartbeatS) {
        await heartbeats.stop();
        heartbeats = heartbeat();
      }
      if (now.selfTest !== before.selfTest) {
        await nights.stop();
        nights = nightly();
      }
    },
    async stop() {
      await Promise.all([heartbeats.stop(), nights.stop(), renewals?.stop()]);
    },
  };
}
