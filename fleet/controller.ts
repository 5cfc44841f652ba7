/** Joins the parts of a controller: roots and enrolment, the devices' side, the operators' side; and ends them in order. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { NameConstraints } from '@rockpool/signing/x509-name-constraints';
import type { FastifyBaseLogger } from 'fastify';
import { record } from './audit/audit.ts';
import { type FleetAuthority, openAuthority } from './authority/authority.ts';
import { loadFacts, saveFact } from './authority/facts.ts';
import type { MqttOptions } from './controller/brokers.ts';
import { type DashboardOptions, type Desk, type DeskOptions, openDesk } from './controller/desk.ts';
import { openEnrolmentDoor } from './controller/enrolment-door.ts';
import { every } from './controller/every.ts';
import { type Field, openField } from './controller/field.ts';
import { openListenerTls } from './controller/listener-tls.ts';
import { keepReleasesSigned } from './controller/release-signing.ts';
import type { Clock } from './host/clock.ts';
import { newestRoot } from './releases/repository.ts';
import { openReleases, releasesFolder } from './rollout/repository.ts';
import { openStore } from './store/open.ts';
import type { Database } from './store/tables.ts';
import { transact } from './store/transaction.ts';

export interface ControllerOptions {
  home: string;
  /** `postgres://…` where several controllers share one; left out, a file in `home`. */
  database?: string;
  /** Where the keys lie, when several controllers share them; left out, in `home`. */
  keys?: string;
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
  /** Where devices speak MQTT: the embedded broker, or another one; left out, this controller has none. */
  mqtt?: MqttOptions;
  /** Left out, nobody but the command line sees this fleet. */
  dashboard?: DashboardOptions;
}

export interface Controller {
  /** Devices enrol here. */
  url: string;
  /** Of the key that they find there. */
  pin: string;
  port: number;
  /** Where devices speak MQTT. */
  broker: string | undefined;
  /** Where operators look, and how the first of them comes in. */
  dashboard: Pick<Desk, 'url' | 'port' | 'setupCode'> | undefined;
  db: Database;
  authority: FleetAuthority;
  close(): Promise<void>;
}

const hourMs = 3_600_000;

/** Listens when it returns. */
export async function createController(options: ControllerOptions): Promise<Controller> {
  const { home, clock, logger } = options;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const db = await openStore(options.database ?? home, {
    onLost: (error) => logger.warn({ err: error }, 'a connection to the database broke'),
  });
  const opened: (() => unknown)[] = [() => db.destroy()];
  // The last that was opened first: nobody new is let in while what they came for is put away.
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  const open = <T extends { close(): Promise<void> }>(part: T): T => {
    opened.push(() => part.close());
    return part;
  };
  try {
    const authority = await openAuthority({ ...options, db, constraints: options.constraints });
    const names = [options.name, ...(options.alsoNames ?? [])];
    const tls = await openListenerTls(authority, clock, names);
    const releases = openReleases(releasesFolder(home));
    const parts = { db, clock, logger, authority, tls, releases };
    const { mqtt } = options;
    const field =
      mqtt &&
      open(await openField({ ...parts, mqtt, where: options.database ?? home, holder: randomUUID() }));
    const broker = field?.urlFor(inUrl(options.name));
    const door = open(
      await openEnrolmentDoor({
        ...{ ...parts, host: options.host, port: options.port, broker },
        releasesFolder: releasesFolder(home),
        updateRoot: () => newestRoot(releasesFolder(home)),
      }),
    );
    const signing = await keepReleasesSigned({ ...options, folder: releasesFolder(home) });
    opened.push(() => signing.stop());
    const url = options.url ?? `https://${inUrl(options.name)}:${door.port}`;
    await transact(db, async (tx) => {
      await saveFact(tx, 'url', url);
      await record(tx, { at: clock.now(), who: 'controller', action: 'start', subject: url });
    });
    const desk = options.dashboard && open(await openTheDesk(options, options.dashboard, parts, field));
    const renewing = every(
      hourMs,
      async () => {
        const fresh = await tls.refresh();
        if (!fresh) return;
        door.setTls(fresh);
        field?.setTls(fresh);
      },
      (error) => logger.error({ err: error }, 'the listeners kept their old certificate'),
    );
    opened.push(() => renewing.stop());
    return {
      ...{ url, pin: (await loadFacts(db)).pin ?? '', port: door.port, broker, db, authority, close },
      dashboard: desk && { url: desk.url, port: desk.port, setupCode: desk.setupCode },
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

const openTheDesk = (
  options: ControllerOptions,
  dashboard: DashboardOptions,
  parts: Pick<DeskOptions, 'db' | 'clock' | 'logger' | 'authority' | 'releases'>,
  field: Field | undefined,
): Promise<Desk> =>
  openDesk({
    ...parts,
    dashboard,
    names: [options.name, ...(options.alsoNames ?? [])],
    version: ownVersion(),
    figures: field ? () => field.figures() : null,
    missing: () => field?.missing() ?? [],
  });

/** IPv6 in brackets. */
const inUrl = (name: string): string => (isIPv6(name) ? `[${name}]` : name);

function ownVersion(): string {
  const manifest = readFileSync(new URL('./package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
