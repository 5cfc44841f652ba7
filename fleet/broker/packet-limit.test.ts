/** Lengths of packets, however the network cuts them. */
import { expect, test } from 'vitest';
import { createPacketLimit } from './packet-limit.ts';

/** A PUBLISH of the topic `f` at QoS 0. */
function publish(payloadBytes: number): Buffer {
  const head = [0x30];
  let length = rest + payloadBytes;
  do {
    head.push((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
    length >>= 7;
  } while (length > 0);
  return Buffer.concat([Buffer.from([...head, 0, 1, 0x66]), Buffer.alloc(payloadBytes)]);
}
const pingreq = Buffer.from([0xc0, 0]);
const limit = 1000;
/** Length of the topic and its own two bytes. */
const rest = 3;

test('packets up to the limit pass and longer ones do not, whatever pieces they come in', () => {
  const fine = Buffer.concat([
    pingreq,
    publish(0),
    publish(limit - rest),
    publish(127 - rest),
    publish(128 - rest),
  ]);
  for (let piece = 1; piece < fine.length; piece += piece < 20 ? 1 : 97) {
    const guard = createPacketLimit(limit);
    for (let at = 0; at < fine.length; at += piece)
      expect(guard.admit(fine.subarray(at, at + piece)), `pieces of ${piece}`).toBe(true);
    // After whole packets, one byte too many is seen as soon as its length is.
    expect(guard.admit(publish(limit - rest + 1).subarray(0, 3)), `pieces of ${piece}`).toBe(false);
  }
});

test('a length that never ends is refused', () => {
  expect(createPacketLimit(2 ** 40).admit(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01))).toBe(false);
  expect(createPacketLimit(limit).admit(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toBe(false);
});
