/** Frames: what comes out is what was signed; whatever else comes in is refused before it is inflated or parsed. */
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frame, frameDeflated, openFrame } from './frame.ts';
import { openIdentity, openVerifier } from './identity.ts';

const device = openIdentity(new Uint8Array(32).fill(7));
const verifier = openVerifier(device.publicKey);
const domains = { plain: 'rockpool/test/v1', deflated: 'rockpool/test-deflated/v1' } as const;
const open = (bytes: Uint8Array, limit = 10_000) => openFrame(verifier, domains, bytes, limit).value;

test('what was framed comes out, plain and deflated', () => {
  const value = { name: 'leeds', list: [1, 2, { three: null }] };
  expect(open(frame(device, domains.plain, value))).toEqual(value);
  expect(open(frameDeflated(device, domains.deflated, value))).toEqual(value);
});

test('a bit that anyone changed, anywhere, is noticed', () => {
  const whole = frame(device, domains.plain, { a: 1 });
  fc.assert(
    fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
      const changed = Uint8Array.from(whole);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(changed)).toThrow(/frame|signature/);
    }),
    { numRuns: 400 },
  );
});

test('what was signed plain does not pass for deflated, nor for another purpose', () => {
  const plain = frame(device, domains.plain, { a: 1 });
  expect(() => open(Uint8Array.from([...plain.slice(0, 1), 1, ...plain.slice(2)]))).toThrow(/does not hold/);
  expect(() => openFrame(verifier, { plain: 'rockpool/other/v1' }, plain, 1_000)).toThrow(/does not hold/);
  expect(() =>
    openFrame(verifier, { plain: domains.plain }, frameDeflated(device, domains.deflated, {}), 1_000),
  ).toThrow(/encoding/);
});

test('a bomb is inflated to its limit and no further', () => {
  const bomb = deflateRawSync(Buffer.alloc(100 * 1024 * 1024, 0x20), { level: 9 });
  const signed = Buffer.from(device.signBytes(domains.deflated, bomb), 'base64');
  const before = process.memoryUsage().rss;
  expect(() => open(Buffer.concat([Uint8Array.of(1, 1), signed, bomb]), 1_000_000)).toThrow(/inflate/);
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
});

test('signed bytes that two readers could read differently are refused', () => {
  for (const text of ['{"a":1,"a":2}', '{ "a":1}', '{"a":1e400}', '{"a":1.0}', '[', '\ufeff{}']) {
    const payload = Buffer.from(text);
    const signature = Buffer.from(device.signBytes(domains.plain, payload), 'base64');
    expect(() => open(Buffer.concat([Uint8Array.of(1, 0), signature, payload])), text).toThrow(
      /JSON|not a whole number/,
    );
  }
  expect(() => open(frame(device, domains.plain, 'x'.repeat(200)), 100)).toThrow(/larger/);
});

test('bytes that are no frame are refused in words', () => {
  for (const bytes of [new Uint8Array(), Uint8Array.of(1), new Uint8Array(66), new Uint8Array(80).fill(2)])
    expect(() => open(bytes)).toThrow(/no frame|signature/);
});
