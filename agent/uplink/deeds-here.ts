/** The deeds on this machine. What needs root on an appliance is asked of systemd, by a file that a unit of its own waits for. */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandName, DeclaredConfig } from '@rockpool/protocol/fleet/command';
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
  configChanged(config: DeclaredConfig): void;
  /** Ends this process in order. */
  endProcess(): void;
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

  return {
    lacks: (name) => (appliance ? lacksEverywhere[name] : lacksOnDesk[name]) ?? null,
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
    useModel: () => Promise.reject(new Error('it was lacking')),
    checkUpdate: () => Promise.reject(new Error('it was lacking')),
    objection: parts.objection,
    configChanged: parts.configChanged,
  };
}

const noUpdates = 'This agent takes no updates from its fleet yet.';
const lacksEverywhere: Partial<Record<CommandName, string>> = {
  'use-model':
    'This agent does not change its model while it runs. Set ROCKPOOL_MODEL on the device and restart the agent.',
  'check-update': noUpdates,
  install: noUpdates,
  'cancel-install': noUpdates,
  'roll-back': noUpdates,
};
const lacksOnDesk: Partial<Record<CommandName, string>> = {
  ...lacksEverywhere,
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
