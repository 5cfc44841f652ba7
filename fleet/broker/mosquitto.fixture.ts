/** The distribution's mosquitto with the configuration that we ship, on free ports, in a temporary folder, not as root. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCrl } from '@rockpool/signing/x509';
import { dial, type TestRoot } from './devices.fixture.ts';
import type { ClientTls } from './mqtt.ts';

export interface Mosquitto {
  /** For devices. */
  port: number;
  /** For controllers. */
  url: string;
  controller: ClientTls;
  /** Its list of revoked serials, read anew. */
  revoke(serials: readonly string[]): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  said(): string;
  pid(): number;
}

const shipped = new URL('../deploy/mosquitto/', import.meta.url).pathname;

export async function startMosquitto(root: TestRoot): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-mosquitto-'));
  chmodSync(folder, 0o755);
  const runAs = notRoot();
  const write = (name: string, text: string): void =>
    writeFileSync(join(folder, name), text, { mode: 0o644 });
  const crl = async (serials: readonly string[]): Promise<void> =>
    write(
      'crl.pem',
      await makeCrl(
        root.authority,
        serials.map((serial) => ({ serial, at: new Date() })),
        {
          ...{ at: new Date(), days: 30 },
        },
      ),
    );
  const [devices, controllers] = [await freePort(), await freePort()];
  const listener = await root.listener();
  write('ca.pem', root.ca);
  write('broker.pem', listener.cert);
  write('broker.key', listener.key);
  await crl([]);
  for (const name of ['acl', 'acl-controllers']) copyFileSync(join(shipped, name), join(folder, name));
  write(
    'mosquitto.conf',
    readFileSync(join(shipped, 'mosquitto.conf'), 'utf8')
      .replaceAll('/mosquitto/config', folder)
      .replace('listener 8883', `listener ${devices} 127.0.0.1`)
      .replace('listener 8884', `listener ${controllers} 127.0.0.1`),
  );
  const card = await root.device('controller');
  let running: ChildProcess | undefined;
  let said = '';
  const mosquitto: Mosquitto = {
    ...{ port: devices, url: `mqtts://127.0.0.1:${controllers}` },
    controller: { key: card.key, cert: card.cert, ca: [root.ca] },
    async revoke(serials) {
      await crl(serials);
      running?.kill('SIGHUP');
      // It says nothing when it has read it; whoever asks, asks until it has.
    },
    async start() {
      const begun = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { cwd: folder, ...runAs });
      running = begun;
      begun.stderr.on('data', (piece: Buffer) => {
        said += piece.toString();
      });
      for (let tries = 0; ; tries += 1) {
        if (begun.exitCode !== null || tries > 200) throw new Error(`mosquitto did not start: ${said}`);
        const socket = await dial(controllers, root, card).catch(() => undefined);
        socket?.destroy();
        if (socket) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async kill(signal) {
      const ending = running;
      if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill(signal);
      await ended;
    },
    async stop() {
      await mosquitto.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
    said: () => said,
    pid: () => running?.pid ?? 0,
  };
  await mosquitto.start();
  return mosquitto;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function notRoot(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const of = (what: string): number => Number(spawnSync('id', [what, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: of('-u'), gid: of('-g') };
}
