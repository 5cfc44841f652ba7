/** What a simulated device can be told to do: an appliance's deeds, on a machine that isn't there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deeds, EndingDeed, Outcome } from '@rockpool/agent/uplink/commands/deeds.ts';
import { type DeviceFiles, deviceCertificate } from '@rockpool/agent/uplink/enrolled.ts';
import type { DeclaredConfig } from '@rockpool/protocol/fleet/command';
import type { Health } from '@rockpool/protocol/fleet/health';
import type { SimulatedMachine } from './machine.ts';

export interface SimulatedDeedsParts {
  home: string;
  files: DeviceFiles;
  machine: SimulatedMachine;
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
  return {
    lacks: (name) => {
      if (name === 'use-model') return 'A simulated device has no model to change.';
      const ofUpdates: readonly string[] = ['check-update', 'install', 'cancel-install', 'roll-back'];
      return ofUpdates.includes(name) ? 'This agent takes no updates from its fleet yet.' : null;
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
    checkUpdate: () => Promise.reject(new Error('it was lacking')),
    objection: parts.objection,
    configChanged: parts.configChanged,
  };
}
