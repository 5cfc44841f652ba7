/** `rockpool doctor`: asks the device what may be wrong with it, and says what to do about each thing. */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { verifyAudit } from '../audit/verify.ts';
import type { Settings } from '../config/settings.ts';
import { raisedAt } from '../health/health.ts';
import { openHostMachine } from '../health/machine/host-machine.ts';
import { probeMachine, probeRaised } from '../health/machine-probes.ts';
import {
  bad,
  type Finding,
  newestIn,
  probeAudit,
  probeClock,
  probeDatabases,
  probeDisk,
  probeMemory,
  probeNode,
  probePage,
  probePort,
  probeTls,
} from '../health/probes.ts';
import { systemClock } from '../host/clock.ts';
import { askNvpmodel } from '../host/nvpmodel.ts';
import { readPosture } from '../host/posture/posture.ts';
import { askTimedate } from '../host/timedate.ts';
import { openAside } from '../store/aside.ts';
import { databaseNames } from '../store/rooms.ts';
import { checkDatabase } from '../store/sqlite.ts';
import { enrolledIn } from '../uplink/enrolled.ts';
import { toldState } from '../uplink/told-state.ts';
import { bundleOf, saveBundle } from './bundle.ts';
import { type Doing, define, type Kit } from './command.ts';
import { whoHolds } from './device.ts';
import { exitCodes } from './exit-codes.ts';

export function doctorCommand(program: Command, kit: Kit): void {
  define(program, kit, {
    usage: 'doctor',
    summary: 'look for what is wrong, and say what to do; exit code 1 when something is',
    options: [
      ['--bundle <file>', 'save what a supporter needs to a file: no secret, no word of what people said'],
      ['--force', 'replace the file if it is there'],
    ],
    given: z.object({ bundle: z.string().optional(), force: z.boolean().default(false) }),
    examples: [
      'npx rockpool doctor',
      'npx rockpool doctor --json',
      'npx rockpool doctor --bundle support.tar.gz',
    ],
    withoutHome: true,
    async run(doing, _args, { bundle, force }) {
      if (bundle !== undefined) refusePresent(bundle, force);
      const findings = await findingsOf(doing);
      if (bundle !== undefined) {
        await saveBundle(resolve(bundle), await bundleOf(doing, findings));
        doing.out.note(`${bundle} is for a supporter; open it and look before you send it.`);
      }
      const healthy = findings.every(({ state }) => state !== 'bad');
      doing.out.result({ healthy, findings }, () => [
        ...findings.map((finding) => line(finding, doing)),
        healthy ? 'Nothing is wrong.' : 'Something is wrong; see what follows the arrows.',
      ]);
      return healthy ? undefined : exitCodes.failed;
    },
  });
}

async function findingsOf(doing: Doing): Promise<Finding[]> {
  const { settings } = doing;
  const posture = await probePosture(settings);
  const node = probeNode(process.version);
  // Nothing below the mount point is touched while the volume isn't there: it would be made on a plain disk.
  if (posture.some(({ probe, state }) => probe === 'disk-encrypted' && state === 'bad'))
    return [node, ...posture];
  const home = probeHome(settings.home);
  const tls = settings.appliance ? [] : [probeTls(settings.tls, systemClock.now())];
  const about = [node, ...posture, home.finding, ...tls];
  if (home.finding.state === 'bad') return about;
  const databases = probeDatabases(settings.home, databaseNames, checkDatabase);
  // What would load the model doesn't start on a damaged database, and says so as if it were the model.
  const isStartable = databases.every(({ state, says }) => state !== 'bad' || says.includes('/memory.db'));
  return [
    ...about,
    probeDisk(settings.home),
    ...(await probeThisMachine(settings.home)),
    ...(settings.appliance ? [] : [probeClock(systemClock.now(), newestIn(settings.home))]),
    probePage(join(import.meta.dirname, '../../web/dist')),
    ...(home.held || settings.appliance ? [] : [await probePort(settings.host, settings.port)]),
    probeUplink(settings),
    ...databases,
    ...probeMemory(openAside(settings.home, 'memory').read()),
    await probeAudit(join(settings.home, 'audit'), (folder) => verifyAudit(folder, { signal: doing.signal })),
    ...(isStartable ? [await probeModel(doing)] : []),
  ];
}

/** What the agent looks at too, seen by whoever runs this; a desk has no posture. */
async function probePosture({ appliance, home, name, port, tls }: Settings): Promise<Finding[]> {
  if (!appliance) return [];
  const { findings } = await readPosture({
    ...{
      home,
      name,
      names: appliance.names,
      dataMount: appliance.dataMount,
      deviceFolder: appliance.deviceFolder,
    },
    ...(tls ? { certificate: tls.certFile } : {}),
    credentials: appliance.credentials,
    listener: { host: '127.0.0.1', port },
    askTimedate,
    now: systemClock.now,
  });
  return findings.map(({ code, state, says, cure }) => ({
    ...{ probe: code, state, says },
    ...(cure === null ? {} : { cure }),
  }));
}

/** What the agent told last, while one runs. */
function probeUplink({ home, device: files }: Settings): Finding {
  const probe = 'uplink';
  const good = (says: string): Finding => ({ probe, state: 'good', says });
  try {
    const enrolled = enrolledIn(files);
    if (!enrolled) return good('this device has no controller');
    if (!enrolled.broker)
      return {
        ...{ probe, state: 'warning', says: `${enrolled.device} has a controller without a broker` },
        cure: "start the controller's broker, then renew the certificate, which tells of it",
      };
    const isRunning = whoHolds(home).holder?.kind === 'agent';
    const told = isRunning ? toldState(home) : undefined;
    if (!told)
      return good(
        `${enrolled.device} at ${enrolled.broker}; whether it is connected is known while the agent runs`,
      );
    const waiting = told.spooled === 0 ? '' : `, ${told.spooled} reports wait`;
    if (told.state === 'online' && told.controller !== 'away')
      return good(`${enrolled.device} is connected to ${told.broker}${waiting}`);
    const why = told.state === 'online' ? 'its controller is away' : (told.why ?? 'it has not got there yet');
    return {
      ...{
        probe,
        state: 'warning',
        says: `${enrolled.device} does not reach its controller: ${why}${waiting}`,
      },
      cure: `check that ${enrolled.broker} can be reached from here; chats work meanwhile`,
    };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return bad(probe, says, 'join the fleet anew, or remove what is left of the old one');
  }
}

/** One look, and what the agent found in many. */
async function probeThisMachine(home: string): Promise<Finding[]> {
  const readings = await openHostMachine({ home, askPowerMode: askNvpmodel }).read();
  const damaged: Finding[] = [];
  const raised = raisedAt(home, (error) => {
    const says = error instanceof Error ? error.message : String(error);
    damaged.push({ probe: 'warning', state: 'warning', says, cure: 'nothing: the agent writes it anew' });
  });
  return [...probeMachine(readings, systemClock.now()), ...damaged, ...probeRaised(raised)];
}

function refusePresent(file: string, force: boolean): void {
  if (!existsSync(resolve(file)) || force) return;
  throw new Refusal('conflict', `${file} is there already; choose another name or say --force.`);
}

function probeHome(home: string): { finding: Finding; held: boolean } {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const { held, holder } = whoHolds(home);
    const by = holder?.address ? `the agent on ${holder.address}` : 'another process';
    const says = held ? `${home}, held by ${by}${holder ? ` (process ${holder.pid})` : ''}` : `${home}, free`;
    return { finding: { probe: 'home', state: 'good', says }, held };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return {
      finding: bad(
        'home',
        says,
        "set ROCKPOOL_HOME to a folder of yours, or take over this one with 'chown -R'",
      ),
      held: false,
    };
  }
}

/** Loading it is the only proof that the file is whole, that it fits, and that llama.cpp runs here. */
async function probeModel({ api, out, settings }: Doing): Promise<Finding> {
  out.progress('loading the model …');
  try {
    const { models } = await (await api()).request(
      'GET',
      '/api/models',
      z.object({ models: z.array(ModelAbout) }),
    );
    return {
      probe: 'model',
      state: 'good',
      says: models.map(({ label, file }) => `${label} (${file})`).join(', '),
    };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return bad(
      'model',
      says,
      `check ${settings.chatModel}, or leave ROCKPOOL_MODEL unset for the built-in model`,
    );
  } finally {
    out.progress(undefined);
  }
}

const marks = { good: '✓', warning: '!', bad: '✗' } as const;

function line({ probe, state, says, cure }: Finding, { out }: Doing): string {
  const told = `${marks[state]} ${probe.padEnd(15)} ${says}`;
  return cure === undefined ? told : `${out.bold(told)}\n  → ${cure}`;
}
