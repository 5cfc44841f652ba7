/** Joins the updater's rooms on this machine. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { ControllerUrl } from '@rockpool/protocol/claim';
import type { UpdateSettings } from '@rockpool/protocol/update/order';
import { z } from 'zod';
import { openSysfs } from '../host/jetson/sysfs.ts';
import type { Log } from '../host/log.ts';
import { createAgentApplier } from './appliers/agent.ts';
import { stateAt } from './appliers/agent-socket.ts';
import { createModelApplier } from './appliers/model.ts';
import { createPatchApplier } from './appliers/patch.ts';
import { runningAgent } from './appliers/running-agent.ts';
import { createSystemApplier } from './appliers/system.ts';
import { createNodeDisk } from './disk/node-disk.ts';
import { openInstalled } from './machine/installed.ts';
import { openMachine, type Rest } from './machine/machine.ts';
import { machineClock } from './machine/within.ts';
import { createHttpGet } from './metadata/http.ts';
import { openMetadata } from './metadata/metadata.ts';
import { answerQuestion } from './offers.ts';
import type { Appliers, Payload } from './parts.ts';
import { openDirect } from './payload/direct.ts';
import { readFolder } from './payload/folder.ts';
import { createHours, createRate } from './payload/hours.ts';
import { createHttps } from './payload/https.ts';
import { openPayload } from './payload/payload.ts';
import { readByProtocol } from './payload/source.ts';
import { readSettings } from './settings.ts';
import { askFolder, asksIn } from './slots/asks.ts';
import { boardHere } from './slots/board.ts';
import { createBootEntrySlots } from './slots/boot-entries.ts';
import { execHere } from './slots/exec.ts';
import { createNvbootctrlSlots } from './slots/nvbootctrl.ts';
import { createRaucSlots } from './slots/rauc.ts';
import type { Slots } from './slots/slots.ts';
import { sourcesOf } from './sources.ts';
import { bytesOf, trustedRoot } from './trusted-root.ts';

export interface UpdaterOptions {
  /** Everything of updates is below it. */
  folder: string;
  /** What provisioning left: roots, and where the controller is. */
  deviceFolder: string;
  agentSocket: string;
  /** Undefined on a desk, whose agent is a checkout and whose system is its owner's. */
  appliance: ApplianceParts | undefined;
  /** A stick's folder: then nobody else is asked. */
  bundle?: string | undefined;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export interface ApplianceParts {
  /** The link that the agent's unit starts from. */
  selection: string;
  slots: 'boot-entries' | 'nvbootctrl' | 'rauc';
  /** Where the loader's partition is mounted. */
  esp: string;
}

export interface Updater {
  /** Everything that waits: what is asked, then what is ordered. @returns when nothing does */
  run(signal: AbortSignal): Promise<Rest>;
  close(): void;
}

const KnownController = z.object({ url: ControllerUrl });
const usualReserveMiB = 512;
/** A fleet that is told at once doesn't ask at once. */
const spreadMs = 60_000;

/** @throws NoTrust */
export async function openUpdater(options: UpdaterOptions): Promise<Updater> {
  const { folder, deviceFolder, log } = options;
  const disk = createNodeDisk();
  const clock = machineClock;
  const settings = settingsIn(folder, log);
  const root = trustedRoot(deviceFolder, folder);
  const controller = parsedFile(join(deviceFolder, 'controller.json'), KnownController)?.url;
  const sources = sourcesOf({ bundle: options.bundle, controller, mirrors: settings.mirrors ?? [] });
  const ca = [...rootCertificates, ...fleetRoots(deviceFolder)];
  const get = createHttpGet({ ca: ca.join('\n') });
  const https = createHttps({ ca });
  const metadata = openMetadata({
    ...{ folder: join(folder, 'metadata'), disk, clock, root, get, log, builtAt: builtAt() },
    sources: () => sources.words,
  });
  const rate = createRate(settings);
  const payload = openPayload({
    ...{ folder, disk, openAgain: openDirect, random: Math.random, spreadMs },
    time: { now: clock.now, pause: async (ms, signal) => void (await slept(ms, signal)) },
    sources: () => sources.mirrors,
    read: readByProtocol({ 'https:': https.read, 'file:': readFolder }),
    rate: () => rate(clock.now()),
    reserveBytes: () => (settings.reserveMiB ?? usualReserveMiB) * 2 ** 20,
    memoryBytes: () => process.availableMemory(),
    warn: (about, says) => log.warn(about, says),
  });
  const installed = await openInstalled(disk, folder);
  const bootId = bootIdHere();
  const board = await boardHere(openSysfs());
  const appliers = appliersHere(options, { payload, bootId, memoryMiB: board.memoryMiB });
  const rooms = { metadata, payload, disk, folder, installed, board, appliers };
  const machine = await openMachine({ ...rooms, clock, bootId, log, hours: createHours(settings) });
  return {
    async run(signal) {
      await answerQuestion(rooms, signal);
      return machine.run(signal);
    },
    close() {
      get.close();
      https.close();
    },
  };

  async function slept(ms: number, signal: AbortSignal): Promise<void> {
    await clock.sleep(ms, signal);
    signal.throwIfAborted();
  }
}

/** @param memoryMiB of the device: this process may have far less of its own */
function appliersHere(
  { folder, agentSocket, appliance }: UpdaterOptions,
  { payload, bootId, memoryMiB }: { payload: Payload; bootId: string; memoryMiB: number },
): Appliers {
  const disk = createNodeDisk();
  const pauses = { sleep: machineClock.sleep };
  const state = stateAt(agentSocket);
  const fileOf = payload.fileOf.bind(payload);
  const model = createModelApplier({ agent: runningAgent(agentSocket), disk, folder, fileOf, memoryMiB });
  const asks = asksIn(disk, askFolder);
  const agent = createAgentApplier({
    ...{ disk, folder: join(folder, 'agent'), fileOf, state, pauses },
    restart: appliance && asks.restart,
    selection: appliance?.selection ?? '',
  });
  if (!appliance) return { model, adapter: model, agent, patch: undefined, system: undefined };
  const exec = execHere();
  const system = {
    ...{ disk, folder: join(folder, 'system'), fileOf, state, pauses, bootId },
    ...{ slots: slotsHere(appliance), reboot: asks.reboot },
  };
  return {
    ...{ model, adapter: model, agent },
    system: createSystemApplier(system),
    patch: createPatchApplier({ ...system, exec }),
  };
}

function slotsHere({ slots, esp }: ApplianceParts): Slots {
  const disk = createNodeDisk();
  const exec = execHere();
  if (slots === 'nvbootctrl') return createNvbootctrlSlots({ exec, disk });
  return slots === 'rauc' ? createRaucSlots({ exec, disk }) : createBootEntrySlots({ disk, esp });
}

/** What a controller declared, as the agent wrote it down. */
function settingsIn(folder: string, log: UpdaterOptions['log']): UpdateSettings {
  try {
    return readSettings(folder);
  } catch (err) {
    log.warn({ err }, 'the settings of updates are damaged; the usual ones hold until they come again');
    return {};
  }
}

const fleetRoots = (deviceFolder: string): string[] =>
  ['fleet-ca.crt', 'lan-ca.crt'].flatMap((name) => bytesOf(join(deviceFolder, name))?.toString('utf8') ?? []);

function parsedFile<T>(file: string, schema: z.ZodType<T>): T | undefined {
  const bytes = bytesOf(file);
  return bytes === undefined ? undefined : schema.parse(JSON.parse(bytes.toString('utf8')));
}

/** This code lies here since then. */
const builtAt = (): number => Math.floor(statSync(import.meta.filename).mtimeMs);

function bootIdHere(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
