/** What a controller signs by node:crypto is what tweetnacl would sign, and what devices verify. */
import { commandDomain } from '@rockpool/protocol/fleet/command';
import { ackDomain } from '@rockpool/protocol/fleet/report';
import { frame, openFrame } from '@rockpool/signing/frame';
import { createSeed, openIdentity, openVerifier } from '@rockpool/signing/identity';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSigner } from './signer.ts';

test('both make the same key and the same signatures', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 200 }),
      (seed, bytes) => {
        const ours = openSigner(seed);
        const theirs = openIdentity(seed);
        expect(ours.publicKey).toBe(theirs.publicKey);
        expect(ours.signBytes(ackDomain, bytes)).toBe(theirs.signBytes(ackDomain, bytes));
        expect(ours.sign(ackDomain, { n: bytes.length })).toBe(theirs.sign(ackDomain, { n: bytes.length }));
      },
    ),
    { numRuns: 20 },
  );
});

test('its frames open for their purpose, and for no other', () => {
  const signer = openSigner(createSeed());
  const verifier = openVerifier(signer.publicKey);
  const bytes = frame(signer, ackDomain, { upto: 7 });
  expect(openFrame(verifier, { plain: ackDomain }, bytes, 1_000).value).toEqual({ upto: 7 });
  expect(() => openFrame(verifier, { plain: commandDomain }, bytes, 1_000)).toThrow('does not hold');
});

test('a seed of another length is none', () => {
  expect(() => openSigner(new Uint8Array(31))).toThrow('32 bytes');
});
