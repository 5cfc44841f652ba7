import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hearFrames, sendFrame } from './frames.ts';

let folder: string;
let ours: Socket;
let theirs: Socket;
let close: () => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rockpool-frames-'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, 'line'), resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  ours = connect(join(folder, 'line'));
  theirs = await accepted;
  close = () => {
    ours.destroy();
    theirs.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  };
});
afterEach(() => close());

/** What arrives, until `count` messages did or the line ended. */
const heard = (count: number): Promise<unknown[]> =>
  new Promise((resolve) => {
    const all: unknown[] = [];
    hearFrames(theirs, (message) => {
      all.push(message);
      if (all.length === count) resolve(all);
    });
    theirs.on('error', () => undefined);
    theirs.on('close', () => resolve(all));
  });

test('messages arrive in order and as they were: vectors, undefined, Chinese, a megabyte', async () => {
  const messages = [
    { type: 'ended', id: 1, value: [new Float32Array([0.5, -1])] },
    { type: 'ended', id: 2, value: undefined },
    { type: 'told', events: [[3, { type: 'delta', text: '你好' }]] },
    { type: 'embed', texts: ['x'.repeat(1_000_000)] },
  ];
  const arrived = heard(messages.length);
  for (const message of messages) sendFrame(ours, message);
  expect(await arrived).toEqual(messages);
});

test('however the bytes are cut, the messages are the same', async () => {
  const messages = [{ a: 1 }, 'two', [3], null];
  const bytes = Buffer.concat(
    messages.flatMap((message) => {
      const body = serialize(message);
      const head = Buffer.alloc(4);
      head.writeUInt32LE(body.length);
      return [head, body];
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
      const all: unknown[] = [];
      const socket = new (await import('node:stream')).PassThrough() as unknown as Socket;
      hearFrames(socket, (message) => void all.push(message));
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      for (let i = 1; i < places.length; i += 1)
        socket.emit('data', bytes.subarray(places[i - 1], places[i]));
      expect(all).toEqual(messages);
    }),
  );
});

test.each([
  ['a length beyond reason', Buffer.from([0xff, 0xff, 0xff, 0xff, 0])],
  ['bytes that are no message', Buffer.from([2, 0, 0, 0, 0x7b, 0x7d])],
])('%s ends the line', async (_, bytes) => {
  const arrived = heard(1);
  ours.on('error', () => undefined);
  ours.write(bytes);
  expect(await arrived).toEqual([]);
  expect(theirs.destroyed).toBe(true);
});
