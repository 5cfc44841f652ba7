/** The devices of `ingest.ts`, in a process of their own: connections that sign beforehand and send evenly. */
import { setTimeout as wait } from 'node:timers/promises';
import { DeviceName } from '@rockpool/protocol/enrolment';
import { openSigner } from '../../fleet/authority/signer.ts';
import { type Connected, join } from '../../fleet/broker/devices.fixture.ts';
import { createSpeaker, type Speaker } from '../../fleet/ingest/devices.fixture.ts';

interface Begin {
  port: number;
  ca: string;
  devices: { id: number; name: string; seed: string; key: string; cert: string }[];
}
/** So many messages are signed now, and sent over so long when told. */
type Said = Begin | { prepare: number } | { sendOverMs: number };

const all: { device: Connected; speaker: Speaker; seq: number }[] = [];
let prepared: { device: Connected; topic: string; bytes: Uint8Array }[] = [];

process.on('message', (said: Said) => {
  const work = async (): Promise<void> => {
    if ('port' in said) await connect(said);
    else if ('prepare' in said) prepare(said.prepare);
    else await send(said.sendOverMs);
    process.send?.('done');
  };
  work().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function connect({ port, ca, devices }: Begin): Promise<void> {
  for (const { id, name, seed, key, cert } of devices) {
    const device = await join(port, { ca }, { cn: name, key, cert });
    await device.subscribe(`f/v1/${name}/down/+`);
    const identity = openSigner(Buffer.from(seed, 'base64'));
    all.push({ device, speaker: createSpeaker(id, DeviceName.parse(name), identity), seq: 0 });
  }
}

function prepare(count: number): void {
  prepared = Array.from({ length: count }, (_, n) => {
    const one = all[n % all.length] as (typeof all)[number];
    one.seq += 1;
    const { bytes } = one.speaker.report(one.seq);
    return { device: one.device, topic: `f/v1/${one.speaker.name}/up/report`, bytes };
  });
}

async function send(overMs: number): Promise<void> {
  const begun = performance.now();
  const sent: Promise<void>[] = [];
  for (const [n, { device, topic, bytes }] of prepared.entries()) {
    const ahead = begun + (n * overMs) / prepared.length - performance.now();
    if (ahead > 2) await wait(ahead);
    sent.push(device.publish(topic, bytes));
  }
  await Promise.all(sent);
}
