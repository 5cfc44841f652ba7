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
