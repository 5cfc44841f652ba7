/** The real controller, on this machine's loopback, where the emulated appliance reaches it and nothing else. */
import { join } from 'node:path';
import { ClaimFile } from '@rockpool/protocol/claim';
import { z } from 'zod';
import { freePort } from './rig/free-port.ts';
import { runNow, start } from './rig/processes.ts';
import { StoryError } from './rig/serial.ts';

/** Where the guest finds it; QEMU forwards these to ports on loopback. */
const host = '10.0.2.100';
const address = `${host}:8443`;
const broker = `${host}:8883`;

export interface Controller extends AsyncDisposable {
  /** For the rig's `reachable`. */
  readonly reachable: Readonly<Record<string, number>>;
  /** As a technician gets it: text of a claim file, which names the controller and its pin. */
  claim(name: string): string;
  /** The root that people install, PEM. */
  readonly lanRoot: string;
  /** What an operator sees of a command, as JSON. */
  ask(...words: readonly string[]): unknown;
}

const fleet = join(import.meta.dirname, '../fleet/main.ts');

export async function startController(home: string): Promise<Controller> {
  const [port, mqttPort] = [await freePort(), await freePort()];
  const program = start(process.execPath, [
    ...[fleet, 'serve', '--home', home, '--listen', `127.0.0.1:${port}`, '--insecure-keys', '--json'],
    ...['--mqtt-listen', `127.0.0.1:${mqttPort}`, '--broker-url', `mqtts://${broker}`],
    ...['--dashboard-listen', '127.0.0.1:0'],
    ...['--name', host, '--url', `https://${address}`, '--log-level', 'info'],
  ]);
  const deadline = performance.now() + 60_000;
  while (!/"pin"/.test(program.said())) {
    if (!program.isAlive() || performance.now() > deadline)
      throw new StoryError(`the controller did not start: ${program.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const ask = (...words: readonly string[]): unknown =>
    JSON.parse(runNow(process.execPath, [fleet, ...words, '--home', home, '--json']));
  return {
    reachable: { [address]: port, [broker]: mqttPort },
    claim(name) {
      const made = z.looseObject(ClaimFile.shape).parse(ask('claim', 'create', '--name', name));
      const { version, controller, pin, claim } = made;
      return JSON.stringify({ version, controller, pin, claim });
    },
    lanRoot: z.object({ pem: z.string() }).parse(ask('ca', 'export', 'lan')).pem,
    ask,
    [Symbol.asyncDispose]: () => program.kill(),
  };
}
