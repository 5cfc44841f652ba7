/** A claim that somebody gives a device can't take it to a fleet that its settings don't name. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClaimFile, formClaimCode, formClaimFile, formClaimLine } from '@rockpool/protocol/claim';
import { enrolRefusals } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import { expect, test } from 'vitest';
import { claimFromFile, claimFromText } from './claims.ts';
import { type EnrolmentCode, EnrolmentRefused, enrolmentSentences } from './refused.ts';

const pin = (byte: number): string => `sha256/${Buffer.alloc(32, byte).toString('base64')}`;
const file: ClaimFile = {
  version: 1,
  controller: 'https://fleet.example:8443',
  pin: pin(1),
  claim: formClaimCode(Array<number>(18).fill(9)),
};
const named = { url: 'https://fleet.example:8443', pin: pin(1) };
const code = (work: () => unknown): EnrolmentCode => {
  try {
    work();
  } catch (error) {
    if (error instanceof EnrolmentRefused) return error.code;
    throw error;
  }
  throw new Error('it was not refused');
};
const onStick = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'stick-')), 'rockpool.claim');
  writeFileSync(path, content);
  return path;
};

test('a whole claim says where to go; its code alone needs the settings', () => {
  expect(claimFromText(formClaimLine(file), undefined)).toEqual(file);
  expect(claimFromText(file.claim.toLowerCase(), named)).toEqual(file);
  expect(code(() => claimFromText(file.claim, undefined))).toBe('controller-needed');
});

test('a claim for another controller than the settings name is refused, from a stick as well as typed', () => {
  for (const other of [
    { ...named, url: 'https://fleet.example' },
    { ...named, pin: pin(2) },
  ]) {
    expect(code(() => claimFromText(formClaimLine(file), other))).toBe('claim-elsewhere');
    expect(code(() => claimFromFile(onStick(formClaimFile(file)), other))).toBe('claim-elsewhere');
  }
  expect(claimFromFile(onStick(formClaimFile(file)), named)).toEqual(file);
  expect(claimFromFile(onStick(formClaimFile(file)), { ...named, url: `${named.url}/` })).toEqual(file);
});

test('of a stick’s file no more is read than a claim can have', () => {
  expect(() => claimFromFile(onStick('x'.repeat(10_000_000)), undefined)).toThrow(Refusal);
  expect(() => claimFromFile(onStick(''), undefined)).toThrow('not whole');
});

test('a stick can’t make root read another file, nor wait for one that never answers', () => {
  const path = onStick('');
  const make = {
    link: () => symlinkSync(onStick(formClaimFile(file)), path),
    'link to nowhere': () => symlinkSync('/nowhere', path),
    pipe: () => execFileSync('mkfifo', [path]),
    folder: () => mkdirSync(path),
  };
  for (const [kind, put] of Object.entries(make)) {
    rmSync(path, { recursive: true });
    put();
    expect(() => claimFromFile(path, undefined), kind).toThrow('is no file');
  }
});

test('every reason a controller may have has its own sentence', () => {
  const codes = Object.keys(enrolRefusals);
  expect(Object.keys(enrolmentSentences)).toEqual(expect.arrayContaining(codes));
  const sentences = Object.values(enrolmentSentences);
  expect(new Set(sentences).size).toBe(sentences.length);
});
