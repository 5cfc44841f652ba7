/** Devices that a controller's database knows, with certificates of one root; and the devices' side of that controller, in a process that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DeviceName } from '@rockpool/protocol/enrolment';
import { createSeed, type Identity, openIdentity } from '@rockpool/signing/identity';
import type { BrokerCredentials } from '../../agent/uplink/uplink.ts';
import { createRoot } from '../../fleet/broker/devices.fixture.ts';
import { openStore } from '../../fleet/store/open.ts';
import type { Database } from '../../fleet/store/tables.ts';
import { processKey } from '../../fleet/test/process-key.fixture.ts';

export interface Registered {
  name: DeviceName;
  identity: Identity;
  seed: Uint8Array;
  card: Pick<BrokerCredentials, 'key' | 'chain' | 'root'> & { commandKeys: string[] };
}

export interface BenchFleet {
  devices: readonly Registered[];
  db: Database;
  /** For the lifetime of all its starts; known after the first. */
  port(): number;
  start(): Promise<void>;
  /** As by a power cut. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const intake = fileURLToPath(new URL('../../fleet/test/intake-process.fixture.ts', import.meta.url));

export async function createBenchFleet(count: number): Promise<BenchFleet> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-bench-fleet-'));
  const db = await openStore(home);
  const root = await createRoot();
  const { key, cert } = await root.listener();
  const devices: Registered[] = [];
  const { id: claim_id } = await db
    .insertInto('claims')
    .values({
      ...{ hash: 'bench', name: null, labels: '{}', lan_names: '[]', created_at: 0, created_by: 'bench' },
      ...{ expires_at: 0, revoked_at: null, used_at: null, used_by: null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (let n = 1; n <= count; n += 1) {
    const name = DeviceName.parse(`device-${n}`);
    const seed = createSeed();
    const identity = openIdentity(seed);
    const card = await root.device(name);
    const { id } = await db
      .insertInto('devices')
      .values({
        ...{ name, name_in_force: name, identity: identity.publicKey, claim_id, lan_names: '[]' },
        ...{ enrolled_at: 0, seen_at: 0, revoked_at: null, revoked_because: null },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('certificates')
      .values({
        ...{ serial: card.serial, device_id: id, kind: 'device', pem: '', key_pin: '', names: '[]' },
        ...{ issued_at: 0, expires_at: 9e15, revoked_at: null },
      })
      .execute();
    devices.push({
      ...{ name, identity, seed },
      card: { key: card.key, chain: card.cert, root: root.ca, commandKeys: [processKey.publicKey] },
    });
  }
  let running: ChildProcess | undefined;
  let port = 0;
  const fleet: BenchFleet = {
    ...{ devices, db, port: () => port },
    async start() {
      const files = JSON.stringify({ key, cert, ca: root.ca });
      running = spawn(process.execPath, [intake, home, files, String(port)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(running.stdout as NodeJS.ReadableStream), 'line')) as [
        string,
      ];
      port = Number(line);
    },
    async kill() {
      const ended = running && once(running, 'exit');
      running?.kill('SIGKILL');
      running = undefined;
      await ended;
    },
    async close() {
      await fleet.kill();
      await db.destroy();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return fleet;
}

export interface CountedLine {
  port: number;
  up(): number;
  down(): number;
  close(): void;
}

/** Counts what goes through it: TLS records and all, without TCP's own. */
export async function countLine(toPort: number): Promise<CountedLine> {
  let [up, down] = [0, 0];
  const sockets = new Set<Socket>();
  const server = createServer((device) => {
    const broker = connect(toPort, '127.0.0.1');
    for (const socket of [device, broker]) sockets.add(socket.on('error', () => undefined));
    device.on('data', (bytes: Buffer) => {
      up += bytes.length;
      broker.write(bytes);
    });
    broker.on('data', (bytes: Buffer) => {
      down += bytes.length;
      device.write(bytes);
    });
    device.on('close', () => broker.destroy());
    broker.on('close', () => device.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    ...{ up: () => up, down: () => down },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
