/** Where devices enrol and renew: HTTPS of its own, open to whoever reaches it. */
import type { AddressInfo } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import type { ShownTls } from '../api/dashboard-tls.ts';
import { createApi, type Tls } from '../api/server.ts';
import type { FleetAuthority } from '../authority/authority.ts';
import { createEnrolment } from '../enrolment/enrolment.ts';
import { createNonces } from '../enrolment/nonces.ts';
import { createThrottle } from '../enrolment/throttle.ts';
import type { Clock } from '../host/clock.ts';
import { isTaken } from '../store/open.ts';
import type { Database } from '../store/tables.ts';

export interface EnrolmentDoorOptions {
  host: string;
  /** 0 for any that is free. */
  port: number;
  db: Database;
  clock: Clock;
  logger: FastifyBaseLogger;
  authority: FleetAuthority;
  tls: ShownTls;
  /** Told to devices. */
  broker?: string | undefined;
  updateRoot?: () => string | undefined;
  /** What devices may install, served as it lies. */
  releasesFolder?: string | undefined;
}

export interface EnrolmentDoor {
  port: number;
  setTls(tls: Tls): void;
  close(): Promise<void>;
}

/** Listens when it returns. */
export async function openEnrolmentDoor(options: EnrolmentDoorOptions): Promise<EnrolmentDoor> {
  const { db, clock, logger, authority, broker, updateRoot, releasesFolder } = options;
  const nonces = createNonces(clock, authority.macOfNonce);
  const enrolment = createEnrolment({
    ...{ db, clock, authority, nonces, isTaken },
    ...(broker ? { broker } : {}),
    ...(updateRoot ? { updateRoot } : {}),
  });
  const throttle = createThrottle(clock);
  const tls = options.tls.current();
  const { app, setTls } = createApi({ tls, clock, enrolment, nonces, throttle, logger, releasesFolder });
  await app.listen({ host: options.host, port: options.port });
  return {
    port: (app.server.address() as AddressInfo).port,
    setTls,
    close: () => app.close(),
  };
}
