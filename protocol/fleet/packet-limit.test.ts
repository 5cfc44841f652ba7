/** A packet's length is known from its first bytes, however they come. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packetLimit } from './packet-limit.ts';

const lengthBytes = (length: number): number[] =>
  length < 128 ? [length] : [(length % 128) + 128, ...lengthBytes(Math.floor(length / 128))];
const packet = (length: number): Buffer =>
  Buffer.concat([Buffer.of(0x30, ...lengthBytes(length)), Buffer.alloc(length, 0xff)]);

test('any stream of packets within the limit passes, in any pieces; one above it does not', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(300), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (lengths, cuts, isGiant) => {
        const stream = Buffer.concat([...lengths.map(packet), ...(isGiant ? [packet(301)] : [])]);
        const fits = packetLimit(300);
        let passed = true;
        for (let at = 0, n = 0; at < stream.length; n += 1) {
          const size = cuts[n % cuts.length] ?? 1;
          passed &&= fits(stream.subarray(at, at + size));
          at += size;
        }
        expect(passed).toBe(!isGiant);
      },
    ),
  );
});

test('a giant is refused before any of its body came', () => {
  expect(packetLimit(65_536)(Buffer.of(0x30, 0xff, 0xff, 0xff, 0x7f))).toBe(false);
});

test('a length of five bytes is no MQTT', () => {
  expect(packetLimit(2 ** 40)(Buffer.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01))).toBe(false);
});

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
    const fits = packetLimit(limit);
    for (let at = 0; at < fine.length; at += piece)
      expect(fits(fine.subarray(at, at + piece)), `pieces of ${piece}`).toBe(true);
    // After whole packets, one byte too many is seen as soon as its length is.
    expect(fits(publish(limit - rest + 1).subarray(0, 3)), `pieces of ${piece}`).toBe(false);
  }
});

test('a length that never ends is refused', () => {
  expect(packetLimit(2 ** 40)(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01))).toBe(false);
  expect(packetLimit(limit)(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toBe(false);
});
