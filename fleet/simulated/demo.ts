/** A whole fleet to try: a controller as `serve` runs it, and simulated devices that joined it by claims. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClaimFile, formClaimFile } from '@rockpool/protocol/claim';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyBaseLogger } from 'fastify';
import { type Controller, createController } from '../controller.ts';
import { createClaim, revokeClaim } from '../enrolment/claims.ts';
import type { Clock } from '../host/clock.ts';
import { releasesFolder } from '../rollout/repository.ts';
import { databaseFile } from '../store/open.ts';
import { type DemoReleases, openDemoReleases } from './demo-releases.ts';
import { type SimulatedFleet, type SimulatedFleetOptions, startSimulatedFleet } from './fleet.ts';
import type { Trouble } from './numbers.ts';
import { places } from './towns.ts';
import { type UpdatePace, usualPace } from './updater.ts';

export interface DemoOptions {
  home: string;
  devices: number;
  /** 0: any that is free. */
  ports: { dashboard: number; enrolment: number; mqtt: number };
  clock: Clock;
  logger: FastifyBaseLogger;
  /** Nothing happens to any device by itself. */
  isCalm?: boolean;
  /** How fast devices update; left out, as somebody can follow with their eyes. */
  pace?: Partial<UpdatePace>;
  /** How fast they speak, and are away; for tests. */
  device?: SimulatedFleetOptions['device'];
}

export interface Demo {
  controller: Controller;
  fleet: SimulatedFleet;
  /** What its devices can be told to install. */
  releases: DemoReleases;
  /** What an agent on this machine joins by: a file. */
  claim: string;
  close(): Promise<void>;
}

/** Nobody but this machine reaches a demonstration. */
const host = '127.0.0.1';
const who = 'demo';
const dayMs = 86_400_000;
/** So that charts begin to move while somebody looks. */
const heartbeatS = 10;
/** One that is hot, and one that was unplugged, so that there is something to see. */
const hot = 4;
const unpluggedAt = 10;
const unpluggedAfterMs = 15_000;

/** Everything listens when it returns; devices join meanwhile. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { home, clock, logger, ports, isCalm = false } = options;
  refuseForeign(home);
  const devicesHome = join(home, 'devices');
  mkdirSync(devicesHome, { recursive: true, mode: 0o700 });
  await using opened = new AsyncDisposableStack();
  const releases = await openDemoReleases(releasesFolder(home), clock);
  const controller = await createController({
    ...{ home, clock, logger, name: host, host, port: ports.enrolment, passphrase: null },
    mqtt: { host, port: ports.mqtt },
    dashboard: { host, port: ports.dashboard },
  });
  opened.defer(() => controller.close());
  const { db, url, pin, authority } = controller;
  const claimFor = async (labels: Record<string, string>, name?: ClaimWishName) => {
    const { id, code } = await createClaim(db, clock, {
      labels,
      ttlMs: dayMs,
      who,
      ...(name ? { name } : {}),
    });
    return { id, file: { version: 1, controller: url, pin, claim: code } satisfies ClaimFile };
  };

  const own = await claimFor({ branch: 'desk' });
  opened.defer(() =>
    revokeClaim(db, clock, own.id, who).catch((error: unknown) => {
      // Used: then there is nothing left lying about.
      if (!(error instanceof Refusal && error.code === 'conflict')) throw error;
    }),
  );
  const claim = join(home, 'rockpool.claim');
  writeFileSync(claim, formClaimFile(own.file), { mode: 0o600 });
  opened.defer(() => rmSync(claim, { force: true }));

  const unplugged = join(devicesHome, places(options.devices)[unpluggedAt]?.name ?? 'none');
  const wasUnplugged = existsSync(unplugged);
  const fleet = startSimulatedFleet({
    ...{ home: devicesHome, count: options.devices, controller, clock, log: logger },
    claim: async ({ name, labels }) => (await claimFor(labels, name)).file,
    trouble: (n): Trouble | undefined => (n === hot && !isCalm ? 'fan' : undefined),
    isThere: (n) => n !== unpluggedAt || !wasUnplugged || isCalm,
    device: {
      heartbeatS,
      ...options.device,
      updates: {
        repository: { url: `${url}/releases/`, ca: authority.fleetCa, root: releases.root() },
        pace: { ...usualPace, ...options.pace },
        log: logger,
      },
    },
  });
  opened.defer(() => fleet.close());
  if (!isCalm) opened.defer(unplugLater(fleet, logger));
  const stack = opened.move();
  return { controller, fleet, releases, claim, close: () => stack.disposeAsync() };
}

type ClaimWishName = NonNullable<Parameters<typeof createClaim>[2]['name']>;

/** A demonstration's keys lie unsealed: it begins a fleet of its own, and never opens another one. */
function refuseForeign(home: string): void {
  if (!existsSync(databaseFile(home)) || existsSync(join(home, 'devices'))) return;
  throw new Refusal(
    'conflict',
    `${home} is a controller that was not made by \`demo\`; give the demonstration another --home, or run \`serve\`.`,
  );
}

/** After it was seen once; at the next start it isn't there. @returns ends the wait */
function unplugLater(fleet: SimulatedFleet, logger: FastifyBaseLogger): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  fleet.started
    .then(() => {
      const device = fleet.devices.get(fleet.places[unpluggedAt]?.name ?? '');
      if (!device || isOver) return;
      timer = setTimeout(() => {
        device.close().catch((err: unknown) => logger.error({ err }, 'a simulated device did not end'));
      }, unpluggedAfterMs);
    })
    .catch((err: unknown) => logger.error({ err }, 'no device was unplugged'));
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
