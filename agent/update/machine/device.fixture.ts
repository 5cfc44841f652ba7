/**
 * A device to break: the real machine over rooms that do as little as they can, but keep all they know on its disk. What it
 * runs is what its disk says after each start.
 */
import { createHash } from 'node:crypto';
import type { InstallOrder } from '@rockpool/protocol/update/order';
import type { OrderFile } from '@rockpool/protocol/update/order-file';
import { orderFileName } from '@rockpool/protocol/update/order-file';
import { artifactsOf, pathOf, type Release, type ReleaseKind } from '@rockpool/protocol/update/release';
import { UpdateStatus } from '@rockpool/protocol/update/status';
import { makeFolderDurably, writeDurably } from '../disk/durable.ts';
import type { Disk } from '../disk.ts';
import type { Applier, Board, Hours, Metadata, Payload, Trusted, TrustedRelease } from '../parts.ts';
import { UpdateError } from '../parts.ts';
import { openInstalled } from './installed.ts';
import { type Machine, openMachine } from './machine.ts';
import { outboxNames } from './outbox.ts';
import type { MachineClock } from './within.ts';

export const folder = '/update';
export const factory = 'factory';

export type Op =
  | 'refresh'
  | 'resolve'
  | 'missing'
  | 'fetch'
  | 'verify'
  | 'collect'
  | 'probe'
  | 'stage'
  | 'activate'
  | 'inForce'
  | 'prove'
  | 'commit'
  | 'rollBack'
  | 'discard';
/** Called as each deed of a room begins, and once its effect is there. */
export type Moment = (op: Op, when: 'before' | 'after', signal?: AbortSignal) => Promise<void>;

export interface DeviceParts {
  disk: Disk;
  clock: MachineClock;
  releases?: readonly Release[];
  moment?: Moment;
  board?: Partial<Board>;
  hours?: Partial<Hours>;
  /** This kind's switch is thrown by the next start. */
  later?: ReleaseKind | undefined;
  bootId?: string;
  /** The update folder. */
  root?: string;
  fetchMs?: number;
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

export function releaseNamed(version: string, more: Partial<Release> = {}): Release {
  return {
    ...{ v: 1, kind: 'model', name: 'qwen', version, counter: 1, dataForm: 0, madeAt: 1, notes: '' },
    compat: {},
    artifact: { name: 'weights', sha256: hashOf(version), bytes: 8 },
    golden: { prompt: 'Who?', holds: ['me'], withinMs: 1_000 },
    ...more,
  } as Release;
}
export const manifestOf = (release: Release): string => hashOf(release);

export class FakeDevice {
  readonly parts: Required<Omit<DeviceParts, 'later'>> & { later: ReleaseKind | undefined };
  readonly log: string[] = [];
  private booted: string | undefined;

  constructor(parts: DeviceParts) {
    this.parts = {
      ...{
        releases: [],
        board: {},
        hours: {},
        bootId: 'boot-1',
        root: folder,
        later: undefined,
        fetchMs: 20_000,
      },
      moment: async () => undefined,
      ...parts,
    };
  }

  private at(path: string): string {
    return `${this.parts.root}/${path}`;
  }

  private async text(path: string): Promise<string | undefined> {
    return (await this.parts.disk.read(this.at(path)))?.toString('utf8');
  }

  /** What its disk makes it run: what is tried, else what is committed, else what it came with. */
  async running(): Promise<string> {
    const version = (await this.text('switch/trial')) ?? (await this.text('switch/committed')) ?? factory;
    if (version === factory) return factory;
    const slot = await this.text(`slots/${version}`);
    return slot === `the whole of ${version}` ? version : `a torn ${version}`;
  }

  /** With what it was started last. */
  private async inForce(): Promise<string> {
    this.booted ??= await this.running();
    return this.parts.later === undefined ? this.running() : this.booted;
  }

  /** Made at the factory; everything is durable. */
  async make(): Promise<this> {
    const { disk, root } = this.parts;
    await makeFolderDurably(disk, root);
    for (const name of ['slots', 'switch', 'store', 'orders', 'outbox', 'machine'])
      await makeFolderDurably(disk, this.at(name));
    await disk.syncFolder(root);
    return this;
  }

  async start(): Promise<Machine> {
    const { disk, clock, board, hours, bootId, root } = this.parts;
    this.booted = await this.running();
    const log = (level: string) => (fields: unknown, text?: string) =>
      void this.log.push(`${level}: ${text ?? ''} ${JSON.stringify(fields, replaceError)}`);
    return openMachine({
      ...{ disk, clock, bootId, folder: root },
      metadata: this.metadata(),
      payload: this.payload(),
      appliers: this.appliers(),
      board: { arch: 'arm64', board: 'NVIDIA Jetson Orin Nano', l4t: '36.4.0', memoryMiB: 7_620, ...board },
      hours: { mayFetch: () => true, mayActivate: () => true, nextActivation: (at) => at, ...hours },
      installed: await openInstalled(disk, root),
      log: { info: log('info'), warn: log('warn'), error: log('error') } as never,
    });
  }

  /** As the agent does it. */
  async order(order: OrderFile): Promise<void> {
    const path = this.at(`orders/${orderFileName(order.id)}`);
    await writeDurably(this.parts.disk, path, Buffer.from(JSON.stringify(order)));
  }

  async install(release: Release, id: string, more: Partial<InstallOrder> = {}): Promise<void> {
    const order = { rollout: null, release: pathOf(release), now: true, again: false, limits: {}, ...more };
    await this.order({ v: 1, what: 'install', id, takenAt: this.parts.clock.now(), order });
  }

  async words(): Promise<UpdateStatus[]> {
    const { disk } = this.parts;
    const words: UpdateStatus[] = [];
    for (const name of outboxNames(await disk.list(this.at('outbox')))) {
      const bytes = await disk.read(this.at(`outbox/${name}`));
      if (bytes) words.push(UpdateStatus.parse(JSON.parse(bytes.toString('utf8'))));
    }
    return words;
  }

  async lastWord(txn: string): Promise<string | undefined> {
    const last = (await this.words()).findLast((word) => word.txn === txn && word.outcome !== undefined);
    return last && [last.outcome, last.reason].filter((part) => part !== undefined).join(' ');
  }

  /** The agent sent them on. */
  async sendWords(): Promise<UpdateStatus[]> {
    const words = await this.words();
    for (const name of await this.parts.disk.list(this.at('outbox')))
      await this.parts.disk.remove(this.at(`outbox/${name}`));
    return words;
  }

  private metadata(): Metadata {
    const { releases, moment } = this.parts;
    const trust = (release: Release): Trusted<TrustedRelease> =>
      ({
        ...{ path: pathOf(release), release, manifestSha256: manifestOf(release) },
        pieces: new Map(),
      }) as unknown as Trusted<TrustedRelease>;
    return {
      refresh: async (signal) => {
        await moment('refresh', 'before', signal);
        await moment('refresh', 'after', signal);
      },
      resolve: async (path, signal) => {
        await moment('resolve', 'before', signal);
        const release = releases.find((each) => pathOf(each) === path);
        if (!release) throw new UpdateError('not-found', `nobody signed ${path}`);
        await moment('resolve', 'after', signal);
        return trust(release);
      },
      list: async () => releases.map((release) => pathOf(release)),
    };
  }

  private payload(): Payload {
    const { disk, moment, clock } = this.parts;
    const file = (sha256: string): string => this.at(`store/${sha256}`);
    const check = async (release: Release): Promise<void> => {
      for (const { sha256 } of artifactsOf(release))
        if ((await disk.read(file(sha256)))?.toString() !== `bytes of ${sha256}`)
          throw new UpdateError('bad-bytes', 'these are others');
    };
    return {
      missing: async ({ release }) => {
        await moment('missing', 'before');
        const bytes = artifactsOf(release).reduce((sum, artifact) => sum + artifact.bytes, 0);
        const fits = (await disk.freeBytes(this.parts.root)) > bytes;
        return { bytes, fits, says: fits ? 'it fits' : 'it does not fit' };
      },
      fetch: async ({ release }, progress, signal) => {
        await moment('fetch', 'before', signal);
        for (const { sha256 } of artifactsOf(release)) {
          for (let bytes = 0; bytes < 1_000; bytes += 50) {
            await clock.sleep(this.parts.fetchMs / 20, signal);
            signal.throwIfAborted();
            progress({ bytes, of: 1_000 });
          }
          await writeDurably(disk, file(sha256), Buffer.from(`bytes of ${sha256}`));
        }
        await check(release);
        await moment('fetch', 'after', signal);
      },
      verify: async ({ release }, signal) => {
        await moment('verify', 'before', signal);
        await check(release);
        await moment('verify', 'after', signal);
      },
      fileOf: ({ sha256 }) => file(sha256),
      collect: async (keep) => {
        await moment('collect', 'before');
        const kept = keep.flatMap((release) => artifactsOf(release)).map(({ sha256 }) => sha256);
        for (const name of await disk.list(this.at('store')))
          if (!kept.includes(name)) await disk.remove(file(name));
        await moment('collect', 'after');
      },
    };
  }

  private appliers(): Record<ReleaseKind, Applier> {
    const { later } = this.parts;
    const here = this.applier(false);
    return {
      ...{ model: here, adapter: here, agent: here, patch: here, system: here },
      ...(later ? { [later]: this.applier(true) } : {}),
    };
  }

  private applier(later: boolean): Applier {
    const { disk, moment } = this.parts;
    const remove = async (name: string): Promise<void> => {
      await disk.remove(this.at(name));
      await disk.syncFolder(this.at(name.split('/')[0] ?? ''));
    };
    /** @param deed what it does, between the two moments */
    const op = async (name: Op, deed: () => Promise<void>, signal?: AbortSignal): Promise<void> => {
      await moment(name, 'before', signal);
      await deed();
      await moment(name, 'after', signal);
    };
    const write = (name: string, text: string): Promise<void> =>
      writeDurably(disk, this.at(name), Buffer.from(text));
    return {
      probe: (_, signal) => op('probe', async () => undefined, signal),
      stage: ({ version }, signal) =>
        op('stage', () => write(`slots/${version}`, `the whole of ${version}`), signal),
      async activate({ version }, signal) {
        await op('activate', () => write('switch/trial', version), signal);
        return later ? 'later' : 'here';
      },
      inForce: async ({ version }, signal) => {
        await moment('inForce', 'before', signal);
        return (await this.inForce()) === version;
      },
      prove: ({ notes, version }, signal) =>
        op(
          'prove',
          async () => {
            if ((await this.inForce()) !== version)
              throw new UpdateError('not-that-version', 'it is not in force');
            if (notes === 'bad') throw new UpdateError('unhealthy', 'it does not do its work');
          },
          signal,
        ),
      commit: ({ version }) =>
        op('commit', async () => {
          await write('switch/committed', version);
          await remove('switch/trial');
        }),
      async rollBack(_, signal) {
        await op('rollBack', () => remove('switch/trial'), signal);
        return later ? 'later' : 'here';
      },
      discard: ({ version }) => op('discard', () => remove(`slots/${version}`)),
    };
  }
}

const replaceError = (_: string, value: unknown): unknown => (value instanceof Error ? String(value) : value);
