/** The deeds on this machine. What needs root on an appliance is asked of systemd, by a file that a unit of its own waits for. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandName, DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { InstallOrder } from '@rockpool/protocol/update/order';
import { type ReleaseKind, ReleasePath } from '@rockpool/protocol/update/release';
import type { Deeds, EndingDeed, Outcome } from './commands/deeds.ts';
import { type DeviceFiles, deviceCertificate } from './enrolled.ts';

export interface DeedsParts {
  /** Undefined on a desk. */
  appliance: { askFolder: string } | undefined;
  home: string;
  files: DeviceFiles;
  bootId: string;
  selfTest(signal: AbortSignal): Promise<{ failed: readonly string[]; lines: readonly string[] }>;
  /** Why these settings can't be in force; null when they can. */
  objection(config: DeclaredConfig): string | null;
  updates: UpdatesHere;
  configChanged(config: DeclaredConfig): void;
  /** Ends this process in order. */
  endProcess(): void;
}

/** The updater, which is another process. */
export interface UpdatesHere {
  /** Why none can be taken, in one sentence; null when they can. */
  objection(): string | null;
  install(id: string, order: InstallOrder): void;
  cancel(id: string, rollout: string): void;
  rollBack(id: string, kind: ReleaseKind, rollout: string | null): void;
  /** What the repository holds for this device, a line each. @throws Error that says why nobody knows */
  check(signal: AbortSignal): Promise<readonly string[]>;
}

/** Where an appliance's agent asks for what only root may do; its units look there. */
export const askFolder = '/run/rockpool/agent';

const root = resolve(import.meta.dirname, '../..');
const bundlesMost = 3;
const outputMostBytes = 4 * 1024 * 1024;

export function deedsHere(parts: DeedsParts): Deeds {
  const { appliance, home, files, bootId } = parts;
  const ask = (what: 'reboot' | 'rotate'): void => {
    if (appliance) writeFileSync(join(appliance.askFolder, what), '', { mode: 0o600 });
  };

  const refusal = (): Outcome | undefined => {
    const says = parts.updates.objection();
    return says === null ? undefined : { state: 'refused', reason: 'not-allowed', says };
  };
  const install = (id: string, order: InstallOrder): Outcome => {
    const refused = refusal();
    if (!refused) parts.updates.install(id, order);
    return refused ?? ordered;
  };

  return {
    lacks: (name) => (appliance ? null : lacksOnDesk[name]) ?? null,
    reboot: {
      before: () => bootId,
      begin: async () => void ask('reboot'),
      after: (before) =>
        before === bootId
          ? { state: 'failed', says: 'The agent ended, and the device did not restart.' }
          : { state: 'succeeded', says: 'The device has restarted.' },
    },
    restartAgent: {
      before: () => '',
      // systemd starts it again, whatever it ended with.
      begin: async () => void setImmediate(parts.endProcess),
      after: () => ({ state: 'succeeded', says: 'The agent has restarted.' }),
    },
    rotateCertificate: rotation(files, async (signal) => {
      if (appliance) ask('rotate');
      else await runOwn('provisioning/main.ts', ['join', '--renew', '--new-key', '--home', home], signal);
      return appliance === undefined;
    }),
    async collectSupportBundle(id, signal) {
      const folder = join(home, 'uplink/bundles');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      removeOldest(folder, bundlesMost - 1);
      const file = join(folder, `support-${id}.tar.gz`);
      await runOwn('agent/main.ts', ['doctor', '--json', '--bundle', file], signal, isDoctor);
      return {
        state: 'succeeded',
        says: `It lies on the device as ${file} (${statSync(file).size} bytes), and was sent to nobody: fetch it at the device, look into it, then send it.`,
      };
    },
    async runSelfTest(signal) {
      const { failed, lines } = await parts.selfTest(signal);
      return failed.length === 0
        ? { state: 'succeeded', says: 'Nothing is wrong.', found: lines }
        : { state: 'failed', says: `Something is wrong: ${failed.join(', ')}.`, found: lines };
    },
    useModel: async (model) => {
      const release = ReleasePath.safeParse(model);
      if (release.success && model.startsWith('models/'))
        return install(randomUUID(), {
          ...{ rollout: null, release: release.data, now: true, again: false, limits: {} },
        });
      return {
        state: 'failed',
        says: 'Name a release of your repository, such as models/qwen3-8b/2; a file of somebody else is set by ROCKPOOL_MODEL at the device.',
      };
    },
    async checkUpdate(signal) {
      const refused = refusal();
      if (refused) return refused;
      const found = await parts.updates.check(signal);
      return {
        state: 'succeeded',
        says: found.length === 0 ? 'The repository holds nothing.' : 'This is what the repository holds.',
        found,
      };
    },
    install: async (id, order) => install(id, order),
    cancelInstall: async (id, rollout) => {
      parts.updates.cancel(id, rollout);
      return { state: 'succeeded', says: 'The updater stops it, if it is not switched to yet.' };
    },
    rollBack: async (id, kind, rollout) => {
      const refused = refusal();
      if (refused) return refused;
      parts.updates.rollBack(id, kind, rollout);
      return ordered;
    },
    objection: parts.objection,
    configChanged: parts.configChanged,
  };
}

const ordered: Outcome = { state: 'succeeded', says: 'The updater has it, and tells how it ends.' };

const lacksOnDesk: Partial<Record<CommandName, string>> = {
  reboot: 'This agent runs on a desk, on a machine that is not its own to restart.',
  'restart-agent': 'This agent runs on a desk, where nobody would start it again.',
};

/** @param renew whether it is done when it returns; else the agent is restarted with the new key */
function rotation(files: DeviceFiles, renew: (signal: AbortSignal) => Promise<boolean>): EndingDeed {
  const serial = (): string => deviceCertificate(files).serialNumber;
  const after = (before: string): Outcome =>
    serial() === before
      ? { state: 'failed', says: 'The agent ended, and its certificate is still the one before.' }
      : {
          state: 'succeeded',
          says: `It has a new key and a certificate that is good until ${deviceCertificate(files).validToDate.toISOString().slice(0, 10)}.`,
        };
  return {
    before: serial,
    async begin(signal) {
      const before = serial();
      return (await renew(signal)) ? after(before) : undefined;
    },
    after,
  };
}

function removeOldest(folder: string, keep: number): void {
  const byAge = readdirSync(folder)
    .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { name } of byAge.slice(keep)) rmSync(join(folder, name));
}

/** The doctor ends with 1 when something is wrong: that is an answer. */
const isDoctor = (code: unknown): boolean => code === 1;

/**
 * A program of ours, in a process of its own: whatever it reads for a minute, people are answered meanwhile.
 * @returns what it wrote to its standard output
 * @throws Error with the last line that it said
 */
export function runOwn(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  isAnswer: (code: unknown) => boolean = () => false,
): Promise<string> {
  const node = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2', join(root, program)];
  return new Promise((resolve_, reject) => {
    execFile(
      process.execPath,
      [...node, ...args],
      { signal, maxBuffer: outputMostBytes, killSignal: 'SIGTERM' },
      (error, stdout, stderr) => {
        if (!error || isAnswer(error.code)) resolve_(stdout);
        else reject(new Error(stderr.trim().split('\n').at(-1) || error.message, { cause: error }));
      },
    );
  });
}
