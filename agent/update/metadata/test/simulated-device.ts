/** A device that believes a simulated repository's first root: its disk, its clock, and the network between the two. */
import { MemoryDisk } from '../../disk/memory-disk.fixture.ts';
import type { Metadata } from '../../parts.ts';
import { type MetadataParts, openMetadata } from '../metadata.ts';
import type { Answer, Get } from '../transport.ts';
import type { SimulatedRepository } from './simulated-repository.ts';

export const address = 'https://controller.test/releases/';
export const folder = '/update/metadata';
export const never = new AbortController().signal;

export interface SimulatedDevice {
  metadata: Metadata;
  disk: MemoryDisk;
  /** What its clock says. */
  clock: { at: number };
  /** What it was told to look at. */
  told: string[];
  asked: string[];
  /** The same device after a restart, on this disk. */
  restart(disk?: MemoryDisk): SimulatedDevice;
}

export interface DeviceOptions extends Partial<MetadataParts> {
  /** What the network serves; the repository's own files unless said otherwise. */
  serves?: () => ReadonlyMap<string, Uint8Array> | undefined;
  clockAt?: number;
}

export function simulatedDevice(
  repository: SimulatedRepository,
  options: DeviceOptions = {},
): SimulatedDevice {
  const { serves = () => repository.files, clockAt = repository.now + 3_600_000, ...over } = options;
  const root = repository.files.get('metadata/1.root.json') ?? Buffer.alloc(0);
  return start(new MemoryDisk(), { at: clockAt });

  function start(disk: MemoryDisk, clock: { at: number }): SimulatedDevice {
    const told: string[] = [];
    const asked: string[] = [];
    const log = { info: () => undefined, warn: (_: unknown, says?: string) => void told.push(String(says)) };
    const metadata = openMetadata({
      ...{ folder, disk, clock: { now: () => clock.at }, root, builtAt: repository.now - 86_400_000 },
      ...{ sources: () => [address], get: getFrom(serves, asked) },
      log: log as unknown as MetadataParts['log'],
      ...over,
    });
    return { metadata, disk, clock, told, asked, restart: (next = disk.afterKill()) => start(next, clock) };
  }
}

/** @param serves by path below the address; undefined: nobody answers */
export const getFrom =
  (serves: () => ReadonlyMap<string, Uint8Array> | undefined, asked: string[] = []): Get =>
  async (url) => {
    const files = serves();
    if (!files || !url.startsWith(address)) throw new Error('connect ECONNREFUSED');
    const path = url.slice(address.length);
    asked.push(path);
    const bytes = files.get(path);
    return bytes ? answerOf([bytes]) : answerOf([], { status: 404 });
  };

export const answerOf = (
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  over: Partial<Answer> = {},
): Answer => ({
  ...{ status: 200, encoding: undefined, discard: () => undefined },
  body: (async function* () {
    yield* body;
  })(),
  ...over,
});
