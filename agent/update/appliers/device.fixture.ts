/** For tests: an appliance as far as an agent's release sees it. What starts is decided by the real selector, on the same disk. */
import type { AgentState } from '@rockpool/protocol/update/agent-socket';
import { MemoryDisk } from '../disk/memory-disk.fixture.ts';
import type { Applier } from '../parts.ts';
import { select } from '../select.ts';
import { createAgentApplier } from './agent.ts';
import { archiveOf, put, releaseOf, sha256 } from './archive.fixture.ts';
import type { AgentRelease } from './unpack.ts';

export const calm = new AbortController().signal;
const archive = (version: string): Buffer =>
  archiveOf([
    { path: 'bin/node', content: 'node', mode: 0o755 },
    { path: 'agent/main.ts', content: version },
  ]);
export const archives = { '1.0.0': archive('1.0.0'), '2.0.0': archive('2.0.0'), '3.0.0': archive('3.0.0') };
export const releaseNamed = (version: keyof typeof archives): AgentRelease =>
  releaseOf(archives[version], { version });

/** How the code of a release behaves: what it answers on its nth start, asked for the nth time; undefined: it has ended. */
export type Behaviour = (start: number, asked: number) => Partial<AgentState> | undefined;

export class Device {
  disk: MemoryDisk;
  /** What runs; null for the system image's own. */
  runs: string | null = null;
  behaviours: Record<string, Behaviour> = {};
  /** False: an ask for a restart is heard by nobody. */
  hearsAsks = true;
  private starts = new Map<string | null, number>();
  private asked = 0;
  private pid = 100;

  private constructor(disk: MemoryDisk) {
    this.disk = disk;
  }

  static async make(disk = new MemoryDisk()): Promise<Device> {
    await disk.makeFolder('/u/agent');
    for (const path of ['/u/agent', '/u', '/']) await disk.syncFolder(path);
    for (const bytes of Object.values(archives)) await put(disk, `/u/${sha256(bytes)}`, bytes);
    const device = new Device(disk);
    await device.start();
    return device;
  }

  /** What systemd does before each start, and then the start. */
  async start(): Promise<void> {
    await this.disk.makeFolder('/run');
    await select({
      ...{ disk: this.disk, folder: '/u/agent', image: '/opt/rockpool/current', selection: '/run/release' },
      runs: async (folder) => (await this.disk.read(`${folder}/agent/main.ts`)) !== undefined,
    });
    const link = (await this.disk.readLink('/run/release')) ?? '';
    this.runs = /\/releases\/([0-9a-f]{64})$/.exec(link)?.[1] ?? null;
    this.starts.set(this.runs, (this.starts.get(this.runs) ?? 0) + 1);
    this.asked = 0;
    this.pid += 1;
  }

  startsOf(version: keyof typeof archives): number {
    return this.starts.get(sha256(archives[version])) ?? 0;
  }

  async state(): Promise<AgentState | undefined> {
    const [known] = Object.entries(archives).filter(([, bytes]) => sha256(bytes) === this.runs);
    const version = known?.[0] ?? '1.0.0';
    this.asked += 1;
    const behaviour = this.runs === null ? undefined : this.behaviours[version];
    const says = behaviour === undefined ? {} : behaviour(this.starts.get(this.runs) ?? 0, this.asked);
    if (says === undefined) {
      // It has ended; nobody answers, and systemd starts what the selector says now.
      await this.start();
      return undefined;
    }
    return {
      ...{ version, release: this.runs, pid: this.pid, uptimeMs: this.asked * 1_000, ready: true, why: null },
      model: { id: 'pebble', sha256: null, adapter: null, busy: 0 },
      ...{ uplink: 'online', memoryAvailableMiB: 4_000 },
      ...says,
    };
  }

  applier(): Applier {
    return createAgentApplier({
      ...{ disk: this.disk, folder: '/u/agent', selection: '/run/release' },
      fileOf: ({ sha256: hash }) => `/u/${hash}`,
      state: () => this.state(),
      restart: async () => (this.hearsAsks ? await this.start() : undefined),
      pauses: { sleep: async () => undefined },
      holding: { times: 3, everyMs: 1, looks: 20 },
      restartSeconds: 5,
    });
  }
}
