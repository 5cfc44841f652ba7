/** The devices' side of a controller: what listens to them, what goes out to them, and what is judged of them every so often. */
import type { FastifyBaseLogger } from 'fastify';
import { pruneAlerts, sweepAlerts } from '../alerts/alerts.ts';
import type { ShownTls } from '../api/dashboard-tls.ts';
import type { Tls } from '../api/server.ts';
import type { FleetAuthority } from '../authority/authority.ts';
import type { Broker } from '../broker/broker.ts';
import { createDispatch, type Outgoing } from '../commands/dispatch.ts';
import type { Clock } from '../host/clock.ts';
import type { IngestFigures } from '../ingest/ingest.ts';
import { type BrokerHooks, openIntake } from '../intake.ts';
import { sweepRollouts } from '../rollout/drive.ts';
import type { Releases } from '../rollout/releases.ts';
import { onLease } from '../store/lease.ts';
import type { Database } from '../store/tables.ts';
import { chooseBroker, type MqttOptions } from './brokers.ts';
import { every } from './every.ts';

export interface FieldOptions {
  db: Database;
  /** The home, or `postgres://…`. */
  where: string;
  clock: Clock;
  logger: FastifyBaseLogger;
  authority: FleetAuthority;
  /** This controller's name among others, another at every start. */
  holder: string;
  tls: ShownTls;
  mqtt: MqttOptions;
  /** What may be rolled out. */
  releases: Releases;
}

export interface Field {
  /** Told to devices. @param name by which they reach this controller, as it stands in a URL */
  urlFor(name: string): string;
  setTls(tls: Tls): void;
  figures(): IngestFigures;
  /** What is missing, as half a sentence each. */
  missing(): string[];
  close(): Promise<void>;
}

const secondMs = 1_000;
const hourMs = 3_600_000;
const alertsLeaseMs = 60_000;
const keptMs = 180 * 24 * hourMs;

/** Takes messages when it returns. */
export async function openField(options: FieldOptions): Promise<Field> {
  const { db, clock, logger, authority, holder, releases } = options;
  const dispatch = createDispatch({ db, clock, sign: authority.signCommand, controller: holder });
  const chosen = chooseBroker(options.mqtt, options);
  let isLost = false;
  let hasRoom = (): boolean => true;
  const intake = await openIntake<Broker>({
    ...{ db, where: options.where, holder, clock, log: logger, signAck: authority.signAck },
    createBroker: (hooks) => {
      ({ hasRoom } = hooks);
      return chosen.create(noting(hooks));
    },
    onBirth: async (born) => send(await dispatch.takePending(born)),
  });

  /** In order: a device takes none that is older than the last. */
  async function send(commands: readonly Outgoing[]): Promise<void> {
    for (const { device, frame } of commands) await intake.sendCommand(device, frame);
  }
  const report = (what: string) => (error: unknown) => logger.error({ err: error }, what);
  function noting(hooks: BrokerHooks): BrokerHooks {
    return {
      ...hooks,
      tell(event) {
        hooks.tell(event);
        if (event.kind === 'lost' || event.kind === 'reached') isLost = event.kind === 'lost';
        if (event.kind === 'cloned')
          noteCloned(db, event.device, clock.now()).catch(report('a cloned device was not noted'));
      },
    };
  }

  const repeated = [
    every(secondMs, async () => send(await dispatch.takeQueued()), report('commands were not sent')),
    every(10 * secondMs, () => dispatch.sweep(), report('commands were not ended')),
    every(
      5 * secondMs,
      () => sweepRollouts({ db, clock, holder, releases }),
      report('rollouts were not moved'),
    ),
    every(10 * secondMs, () => judge(db, clock, holder), report('alerts were not judged')),
    every(hourMs, chosen.refresh, report('the broker is shown an old certificate')),
    every(
      hourMs,
      async () => {
        await dispatch.prune(clock.now() - keptMs);
        await pruneAlerts(db, clock.now() - keptMs);
      },
      report('what is old was not forgotten'),
    ),
  ];
  return {
    urlFor: chosen.urlFor,
    setTls: chosen.setTls,
    figures: () => intake.figures(),
    missing: () => [
      ...(hasRoom() ? [] : ['more messages wait than it can keep']),
      ...(isLost ? ['the broker is out of reach'] : []),
    ],
    async close() {
      for (const one of repeated) await one.stop();
      await intake.close();
    },
  };
}

/** One of several controllers does it. */
const judge = (db: Database, clock: Clock, holder: string) =>
  onLease(db, { name: 'alerts', holder, forMs: alertsLeaseMs }, (lease) => sweepAlerts(db, clock, { lease }));

const noteCloned = (db: Database, device: string, at: number) =>
  db
    .updateTable('device_states')
    .set({ cloned_at: at })
    .where('device_id', 'in', (select) =>
      select.selectFrom('devices').select('id').where('name_in_force', '=', device),
    )
    .execute();
