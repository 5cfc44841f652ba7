/** `join`: an agent on a desk becomes one of a fleet, as an appliance does by `apply`; no disk, no systemd, no root. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DeviceName, type Enrolled } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { claimFromText, type NamedController } from '../enrolment/claims.ts';
import { openController } from '../enrolment/controller.ts';
import { enrol, type FleetParts, renewAtFleet } from '../enrolment/enrol.ts';
import { deviceFolder } from '../facts/device.ts';
import { openCredentials } from '../identity/credentials.ts';
import { type DeviceFolder, openDeviceFolder } from '../identity/device-folder.ts';
import { ensureIdentity } from '../identity/keys.ts';
import { openPairs } from '../identity/pairs.ts';
import { plainFiles } from '../identity/plain-files.ts';
import { untilOf } from '../tls/due.ts';
import { type DoingAnywhere, defineAnywhere, type Kit } from './kit.ts';

interface Options {
  home?: string;
  name?: string;
  controller?: string;
  pin?: string;
  renew?: boolean;
  newKey?: boolean;
}

export function joinCommand(program: Command, kit: Kit): void {
  defineAnywhere<Options>(program, kit, {
    usage: 'join [claim]',
    summary:
      'an agent on a desk (npm start) joins a fleet, by the claim as typed or by its file; on an appliance, `apply` does it',
    options: [
      ['--home <folder>', 'the agent’s folder (default: ROCKPOOL_HOME, or .rockpool)'],
      ['--name <name>', 'how the fleet calls it (default: this machine’s name)'],
      ['--controller <url>', 'for a claim that is only its code: where the controller is'],
      ['--pin <pin>', 'and the pin of its key, as `rockpool-fleet claim create` prints it'],
      ['--renew', 'instead: a new certificate, by the identity that is there already'],
      ['--new-key', 'with --renew: for a new key'],
    ],
    examples: [
      'npx rockpool-provision join rockpool.claim',
      'npx rockpool-provision join RP-… --controller https://fleet.example:8443 --pin sha256/…',
      'npx rockpool-provision join --renew',
    ],
    async run(doing, options, [given]) {
      refuseAppliance();
      const desk = await openDesk(doing, homeOf(options.home));
      const enrolled = options.renew
        ? await renewAtFleet(desk, { lan: null, newKeys: options.newKey ?? false }, doing.signal)
        : await joinBy(given, desk, options, doing.signal);
      tell(doing, desk.folder, enrolled);
      return undefined;
    },
  });
}

async function joinBy(
  given: string | undefined,
  desk: FleetParts,
  options: Options,
  signal: AbortSignal,
): Promise<Enrolled> {
  const { folder } = desk;
  const pending = folder.pendingClaim();
  refuseJoined(folder, pending);
  const claim = given === undefined ? pending : claimFromText(textOf(given), controllerOf(options));
  if (!claim)
    throw new Refusal(
      'bad-request',
      'There is no claim. Have one made with `rockpool-fleet claim create`, and give its file or what it prints.',
    );
  return await enrol(desk, { name: nameOf(options.name), claim, lan: null }, signal);
}

/** Its keys are sealed, its disk is encrypted, and its settings say whose it is. */
function refuseAppliance(): void {
  if (process.env['ROCKPOOL_APPLIANCE'] !== '1' && !existsSync(join(deviceFolder, 'set-up'))) return;
  throw new Refusal(
    'conflict',
    'This is an appliance, which joins a fleet by `rockpool-provision apply`; `join` is for an agent on a desk.',
  );
}

function refuseJoined(folder: DeviceFolder, pending: unknown): void {
  const enrolled = folder.load('enrolled.json');
  // With a claim pending the last answer may have been written in part: the same claim gives the same device again.
  if (!enrolled || pending) return;
  const controller = folder.load('controller.json')?.url ?? 'a controller';
  throw new Refusal(
    'conflict',
    `This agent is ${enrolled.device} of ${controller} already. To join another fleet, stop it, have its operator revoke it, and remove ${folder.path}.`,
  );
}

async function openDesk({ parts }: DoingAnywhere, home: string): Promise<FleetParts> {
  const path = join(home, 'device');
  makeFolder(path);
  return {
    identity: await ensureIdentity(openCredentials(path, plainFiles)),
    pairs: openPairs(path, plainFiles),
    folder: openDeviceFolder(path),
    clock: { now: parts.now },
    openController,
    wait: (ms, signal) => wait(ms, undefined, { signal }),
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal('forbidden', `${path} can’t be made (${why}); name another folder with --home.`, {
      cause,
    });
  }
}

/** As the agent reads it: from where the person stands, also when npm has changed the folder. */
const homeOf = (given: string | undefined): string => {
  const home = given ?? process.env['ROCKPOOL_HOME'];
  return home
    ? resolve(process.env['INIT_CWD'] ?? '.', home)
    : resolve(import.meta.dirname, '../../.rockpool');
};

/** A path, or the claim itself. */
function textOf(given: string): string {
  const file = resolve(process.env['INIT_CWD'] ?? '.', given);
  return existsSync(file) ? readFileSync(file, 'utf8') : given;
}

function controllerOf({ controller, pin }: Options): NamedController | undefined {
  if (controller === undefined && pin === undefined) return undefined;
  if (controller === undefined || pin === undefined)
    throw new Refusal('bad-request', 'Give both --controller and --pin, or neither.');
  return { url: controller, pin };
}

function nameOf(given: string | undefined): DeviceName {
  const wanted =
    given ??
    hostname()
      .split('.')[0]
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9-]/g, '-')
      .replaceAll(/^-+|-+$/g, '');
  const name = DeviceName.safeParse(wanted);
  if (name.success) return name.data;
  throw new Refusal(
    'bad-request',
    `${wanted} can’t be its name: ${name.error.issues[0]?.message}. Give another with --name.`,
  );
}

function tell({ out }: DoingAnywhere, folder: DeviceFolder, enrolled: Enrolled): void {
  const untilMs = untilOf(enrolled.deviceChain);
  const { device, broker = null } = enrolled;
  out.result({ device, broker, folder: folder.path, until: untilMs }, () => [
    `This agent is ${device} of ${folder.load('controller.json')?.url}; its certificate is good until ${new Date(untilMs).toISOString().slice(0, 10)}.`,
    broker === null
      ? 'The controller has named no broker, so there is no uplink yet; renew when it has one.'
      : 'Start the agent anew (npm start), and the fleet sees it.',
  ]);
}
