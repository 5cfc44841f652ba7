/** What uplink and health cost the device that runs them: this machine as a device, in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure } from '../figure.ts';
import type { Measured } from './device-process.ts';
import { countLine, createBenchFleet } from './registered.ts';

const heartbeatS = 30;
const beats = 40;

export async function* deviceBench(): AsyncGenerator<Figure> {
  const fleet = await createBenchFleet(1);
  await fleet.start();
  const line = await countLine(fleet.port());
  const home = mkdtempSync(join(tmpdir(), 'rockpool-bench-device-'));
  const [device] = fleet.devices;
  if (!device) throw new Error('there is no device');
  const child = fork(fileURLToPath(new URL('./device-process.ts', import.meta.url)), {
    execArgv: ['--expose-gc', '--max-semi-space-size=2'],
  });
  try {
    const seed = Buffer.from(device.seed).toString('base64');
    child.send({ home, seed, name: device.name, card: device.card, port: line.port, beats });
    await said(child); // connected, and told once
    const measured = (await said(child)) as Measured;
    const before = { up: line.up(), down: line.down() };
    await said(child); // an Orin's readings
    const wire = (line.up() - before.up) / beats;
    const answer = (line.down() - before.down) / beats;
    const share = measured.beatUs / (heartbeatS * 1e4) + measured.idlePercent;
    yield {
      ...{
        name: `a device at ${heartbeatS} s: uplink and health`,
        value: share,
        unit: '% of a core',
        reach: { atMost: 1 },
      },
      note: `${(measured.beatUs / 1_000).toFixed(1)} ms for each look, signature and report; ${measured.idlePercent.toFixed(3)} % in between`,
    };
    yield {
      ...{ name: 'a device: memory', value: measured.moreMB, unit: 'MB more', reach: { atMost: 40 } },
      note: `above an agent's SQLite, schemas and log alone (${measured.baseMB.toFixed(0)} MB), after ${beats} heartbeats`,
    };
    yield {
      ...{ name: 'a heartbeat on the wire', value: wire, unit: 'bytes', reach: { atMost: 1_024 } },
      note: `of an Orin, with MQTT and TLS; its acknowledgement takes ${answer.toFixed(0)} bytes`,
    };
  } finally {
    child.kill();
    line.close();
    await fleet.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function said(child: ReturnType<typeof fork>): Promise<unknown> {
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`))),
  ])) as [unknown];
  return message;
}
