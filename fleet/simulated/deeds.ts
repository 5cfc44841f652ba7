/** What a simulated device can be told to do: an appliance's deeds, on a machine that isn't there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@rockpool/agent/host/clock.ts';
import type { Deeds, EndingDeed, Outcome } from '@rockpool/agent/uplink/commands/deeds.ts';
import { type DeviceFiles, deviceCertificate } from '@rockpool/agent/uplink/enrolled.ts';
import type { DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { Health } from '@rockpool/protocol/fleet/health';
import type { OrderFile } from '@rockpool/protocol/update/order-file';
import type { SimulatedMachine } from './machine.ts';
import type { SimulatedUpdater } from './updater.ts';

export interface SimulatedDeedsParts {
  home: string;
  files: DeviceFiles;
  machine: SimulatedMachine;
  /** Undefined where its fleet has no releases. */
  updater: SimulatedUpdater | undefined;
  clock: Clock;
  selfTest(signal: AbortSignal): Promise<{ failed: readonly string[]; lines: readonly string[] }>;
  latest(): Health | undefined;
  renew(signal: AbortSignal): Promise<void>;
  objection(config: DeclaredConfig): string | null;
  configChanged(config: DeclaredConfig): void;
  /** Ends this life of the agent; the next one begins by itself. */
  restart(what: 'agent' | 'machine'): void;
}

export function simulatedDeeds(parts: SimulatedDeedsParts): Deeds {
  const { home, files, machine } = parts;
  const boot = machine.boot;
  const ending = (what: 'agent' | 'machine', after: EndingDeed['after']): EndingDeed => ({
    before: () => boot,
    async begin() {
      parts.restart(what);
      return undefined;
    },
    after,
  });
  const serial = (): string => deviceCertificate(files).serialNumber;
  const renewed = (before: string): Outcome =>
    serial() === before
      ? { state: 'failed', says: 'Its certificate is still the one before.' }
      : { state: 'succeeded', says: 'It has a new key and a new certificate.' };
  const take = async (order: Fresh): Promise<Outcome> => {
    await demandUpdater(parts).order({ v: 1, takenAt: parts.clock.now(), ...order });
    return { state: 'succeeded', says: 'The updater has the order, and tells how it goes on.' };
  };
  return {
    lacks: (name) => {
      if (name === 'use-model') return 'A simulated device has no model to change.';
      if (parts.updater || !ofUpdates.includes(name)) return null;
      return 'This demonstration has no releases.';
    },
    reboot: ending('machine', (before) =>
      before === boot
        ? { state: 'failed', says: 'The agent ended, and the device did not restart.' }
        : { state: 'succeeded', says: 'The device has restarted.' },
    ),
    restartAgent: ending('agent', () => ({ state: 'succeeded', says: 'The agent has restarted.' })),
    rotateCertificate: {
      before: serial,
      async begin(signal) {
        const before = serial();
        await parts.renew(signal);
        return renewed(before);
      },
      after: renewed,
    },
    async collectSupportBundle(id) {
      const folder = join(home, 'uplink/bundles');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const text = JSON.stringify({ readings: await machine.read(), health: parts.latest() }, null, 2);
      const file = join(folder, `support-${id}.json`);
      writeFileSync(file, text, { mode: 0o600 });
      return {
        state: 'succeeded',
        says: `It lies on the device as ${file} (${Buffer.byteLength(text)} bytes), and was sent to nobody.`,
      };
    },
    async runSelfTest(signal) {
      const { failed, lines } = await parts.selfTest(signal);
      return failed.length === 0
        ? { state: 'succeeded', says: 'Nothing is wrong.', found: lines }
        : { state: 'failed', says: `Something is wrong: ${failed.join(', ')}.`, found: lines };
    },
    useModel: () => Promise.reject(new Error('it was lacking')),
    async checkUpdate(signal) {
      const { found, installed } = await demandUpdater(parts).look(signal);
      const fresh = found.filter((path) => !installed.includes(path));
      return fresh.length === 0
        ? { state: 'succeeded', says: 'It has all that there is.' }
        : { state: 'succeeded', says: 'There is something to install.', found: fresh };
    },
    install: (id, order) => take({ what: 'install', id, order }),
    cancelInstall: (id, rollout) => take({ what: 'cancel', id, rollout }),
    rollBack: (id, kind, rollout) => take({ what: 'roll-back', id, kind, rollout }),
    objection: parts.objection,
    configChanged: parts.configChanged,
  };
}

type Fresh = OrderFile extends infer Each
  ? Each extends OrderFile
    ? Omit<Each, 'v' | 'takenAt'>
    : never
  : never;

const ofUpdates: readonly string[] = ['check-update', 'install', 'cancel-install', 'roll-back'];

function demandUpdater({ updater }: SimulatedDeedsParts): SimulatedUpdater {
  if (!updater) throw new Error('it was lacking');
  return updater;
}
