/** A device that knows a repository with one release, and what is to be seen of it after an attack. */
import { expect } from 'vitest';
import { never, type SimulatedDevice, simulatedDevice } from './simulated-device.ts';
import { modelRelease, SimulatedRepository } from './simulated-repository.ts';

export const now = Date.parse('2026-11-02T10:00:00Z');
export interface Device extends SimulatedDevice {
  /** What the network has from now on. */
  serve(files: ReadonlyMap<string, Uint8Array>): void;
}

export const refused = async (
  { metadata }: Pick<Device, 'metadata'>,
  reason = 'metadata',
): Promise<Error> => {
  const error: unknown = await metadata.refresh(never).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'UpdateError', reason });
  return error as Error;
};

/** A repository with one release, and a device that knows it by now. */
export async function known(): Promise<{ repository: SimulatedRepository; device: Device; path: string }> {
  const repository = new SimulatedRepository(now);
  const path = repository.addRelease(modelRelease('qwen3-8b', '1'));
  repository.publish();
  let serves: ReadonlyMap<string, Uint8Array> = repository.files;
  const device = simulatedDevice(repository, { serves: () => serves });
  await device.metadata.refresh(never);
  return {
    ...{ repository, path },
    device: Object.assign(device, {
      serve(files: ReadonlyMap<string, Uint8Array>) {
        serves = files;
      },
    }),
  };
}

/** It takes the next honest version, whatever was tried before. */
export async function stillUpdates(device: Device, repository: SimulatedRepository): Promise<void> {
  const path = repository.addRelease(modelRelease('still-updates', String(repository.targets['version'])));
  repository.publish();
  device.serve(repository.files);
  await device.metadata.refresh(never);
  expect((await device.metadata.resolve(path, never)).path).toBe(path);
}
