import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Refusal } from '@rockpool/protocol/refusal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { whileRead } from './while-read.ts';

const server = createServer();
const left = (): Refusal => new Refusal('aborted', 'The reader left.');

beforeEach(async () => void (await once(server.listen(0, '127.0.0.1'), 'listening')));
afterEach(() => server.close());

/** A request that arrived, and the response that is owed to it. */
async function asked() {
  const client = get({ port: (server.address() as AddressInfo).port, agent: false });
  client.on('error', () => undefined);
  const [, raw] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { client, raw };
}

test('a reader who leaves ends what is made for them', async () => {
  const { client, raw } = await asked();
  const signal = whileRead({ raw }, left);
  client.destroy();
  await once(signal, 'abort');
  expect(signal.reason).toMatchObject({ code: 'aborted' });
});

test('so does one who left before anybody listened', async () => {
  const { client, raw } = await asked();
  const closed = once(raw, 'close');
  client.destroy();
  await closed;
  expect(whileRead({ raw }, left).aborted).toBe(true);
});

test('one who has everything ends nothing', async () => {
  const { raw } = await asked();
  const signal = whileRead({ raw }, left);
  const closed = once(raw, 'close');
  raw.end('all of it');
  await closed;
  expect(signal.aborted).toBe(false);
});
