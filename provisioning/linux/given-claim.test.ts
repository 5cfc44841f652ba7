/** Of a claim that was refused nothing stays in the way of the next. */
import { type ClaimFile, formClaimCode } from '@rockpool/protocol/claim';
import { expect, test } from 'vitest';
import { EnrolmentRefused } from '../enrolment/refused.ts';
import { config } from '../world.fixture.ts';
import { createGivenClaim } from './given-claim.ts';

const settings = config();
const { url, pin } = settings.controller ?? { url: '', pin: '' };
const claim = (value: number): ClaimFile => ({
  ...{ version: 1, controller: url, pin },
  claim: formClaimCode(Array<number>(18).fill(value)),
});
const refusing = (code: 'claim-used' | 'unreachable') => () => Promise.reject(new EnrolmentRefused(code));

test('a typed claim that was refused is forgotten, and a stick that is put in afterwards is read', async () => {
  const given = createGivenClaim(() => Promise.resolve(claim(2)));
  given.take(claim(1).claim, settings);
  await expect(given.use(settings, null, refusing('claim-used'))).rejects.toThrow('another device');
  expect(given.seen()).toBeNull();
  const used: ClaimFile[] = [];
  const use = (file: ClaimFile) => Promise.resolve(void used.push(file));
  await given.use(settings, null, use);
  expect(used).toEqual([claim(2)]);
});

test('one whose controller did not answer is kept, and goes before the one that was being used', async () => {
  const given = createGivenClaim(() => Promise.reject(new Error('no stick is asked for')));
  given.take(claim(1).claim, settings);
  await expect(given.use(settings, claim(3), refusing('unreachable'))).rejects.toThrow('reached');
  expect(given.seen()).toMatchObject({ from: 'typed', controller: url });
  await given.use(settings, claim(3), (file) => Promise.resolve(expect(file).toEqual(claim(1))));
});

test('with none at all it is said what to do', async () => {
  const given = createGivenClaim(() => Promise.resolve(null));
  await expect(given.use(settings, null, refusing('unreachable'))).rejects.toThrow('Put a stick');
});
