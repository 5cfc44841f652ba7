/** A nonce is spent in every spelling of it. */
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { createNonces } from './nonces.ts';

test('a nonce has one spelling, so that one that was spent has no second', () => {
  const nonces = createNonces({ now: () => 1_800_000_000_000 }, (bytes) =>
    createHmac('sha256', 'key').update(bytes).digest(),
  );
  const nonce = nonces.create();
  nonces.demandFresh(nonce);
  const symbols = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  // Of the last symbol's bits two stand for nothing.
  const other = `${nonce.slice(0, 42)}${symbols[symbols.indexOf(nonce.charAt(42)) ^ 1]}=`;
  expect(Buffer.from(other, 'base64').equals(Buffer.from(nonce, 'base64'))).toBe(true);
  expect(() => nonces.demandFresh(other)).toThrow('ask for a new nonce');
});
