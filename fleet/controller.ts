/** Joins the parts of a controller: roots, enrolment, its door. One folder holds all that it knows. */
import { mkdirSync } from 'node:fs';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { NameConstraints } from '@rockpool/signing/x509-name-constraints';
import type { FastifyBaseLogger } from 'fastify';
import { createApi } from './api/server.ts';
import { record } from './audit/audit.ts';
import { type FleetAuthority, openAuthority } from './authority/authority.ts';
import { loadFacts, saveFact } from './authority/facts.ts';
import { createEnrolment } from './enrolment/enrolment.ts';
import { createNonces } from './enrolment/nonces.ts';
import { createThrottle } from './enrolment/throttle.ts';
import type { Clock } from './host/clock.ts';
import { type Database, databaseFile, isTaken, openSqlite } from './store/sqlite.ts';
import { transact } from './store/transaction.ts';

export interface ControllerOptions {
  home: string;
  clock: Clock;
  logger: FastifyBaseLogger;
  /** Where it is reached, a host name or an address: in its URL and its certificate. */
  name: string;
  /** Told to devices instead of its name and port, where something forwards to it; its host belongs to the certificate's names. */
  url?: string;
  /** Others that its certificate names. */
  alsoNames?: readonly string[];
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** Of the keys at rest; null leaves them readable for whoever can read the file. */
  passphrase: string | null;
  /** What the LAN root may vouch for, decided at the first start; left out: `local` and private networks. */
  constraints?: NameConstraints;
  /** Told to devices. */
  broker?: string;
}

export interface Controller {
  /** Devices enrol here. */
  url: string;
  /** Of the key that they find there. */
  pin: string;
  port: number;
  db: Database;
  authority: FleetAuthority;
  close(): Promise<void>;
}

/** Listens when it returns. */
export async function createController(options: ControllerOptions): Promise<Controller> {
  const { home, clock, name } = options;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const db = await openSqlite(databaseFile(home));
  const opened: (() => unknown)[] = [() => db.destroy()];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  try {
    const authority = await openAuthority({ ...options, db, constraints: options.constraints });
    const door = await openDoor(options, db, authority);
    opened.push(door.close);
    const url = options.url ?? `https://${isIPv6(name) ? `[${name}]` : name}:${door.port}`;
    await transact(db, async (tx) => {
      await saveFact(tx, 'url', url);
      await record(tx, { at: clock.now(), who: 'controller', action: 'start', subject: url });
    });
    return { url, pin: (await loadFacts(db)).pin ?? '', port: door.port, db, authority, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

const hourMs = 3_600_000;

async function openDoor(
  { clock, logger, broker, ...options }: ControllerOptions,
  db: Database,
  authority: FleetAuthority,
): Promise<{ port: number; close(): Promise<void> }> {
  const names = [options.name, ...(options.alsoNames ?? [])];
  const nonces = createNonces(clock, authority.macOfNonce);
  const enrolment = createEnrolment({ db, clock, authority, nonces, isTaken, ...(broker ? { broker } : {}) });
  let shown = await authority.issueListener(names);
  const tls = () => ({ key: authority.listenerKey, cert: shown.pem });
  const throttle = createThrottle(clock);
  const { app, setTls } = createApi({ tls: tls(), clock, enrolment, nonces, throttle, logger });
  await app.listen({ host: options.host, port: options.port });
  const renew = async (): Promise<void> => {
    if (clock.now() < shown.issuedAt + ((shown.expiresAt - shown.issuedAt) * 2) / 3) return;
    shown = await authority.issueListener(names);
    setTls(tls());
  };
  const renewing = setInterval(() => {
    renew().catch((error: unknown) => logger.error({ err: error }, 'the listener kept its old certificate'));
  }, hourMs);
  return {
    port: (app.server.address() as AddressInfo).port,
    close: async () => {
      clearInterval(renewing);
      await app.close();
    },
  };
}
