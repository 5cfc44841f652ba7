/** Ciphers and stretching, by boards that there are. */
import { expect, test } from 'vitest';
import { chooseCipher, hasAes, stretchTyped } from './cost.ts';

const gib = 1024 ** 3;

test.each([
  ['Orin Nano 8 GB', { memoryBytes: 7.4 * gib, cores: 6 }, { memoryKiB: 512 * 1024, passes: 8, lanes: 4 }],
  ['AGX Orin 64 GB', { memoryBytes: 61 * gib, cores: 12 }, { memoryKiB: 1024 * 1024, passes: 4, lanes: 4 }],
  [
    'a virtual machine of 1 GiB',
    { memoryBytes: 0.96 * gib, cores: 2 },
    { memoryKiB: 64 * 1024, passes: 16, lanes: 2 },
  ],
  ['a tiny one', { memoryBytes: 0.2 * gib, cores: 1 }, { memoryKiB: 64 * 1024, passes: 16, lanes: 1 }],
])('%s stretches within its memory', (_, board, cost) => {
  expect(stretchTyped(board)).toEqual({ kind: 'argon2id', ...cost });
});

test('AES where the processor has it, Adiantum where it has not', () => {
  expect(chooseCipher({ aes: true })).toMatchObject({ name: 'aes-xts-plain64', keyBits: 512 });
  expect(chooseCipher({ aes: false })).toMatchObject({
    name: 'xchacha12,aes-adiantum-plain64',
    keyBits: 256,
  });
});

test.each([
  ['Cortex-A78AE', 'processor\t: 0\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics\n', true],
  ['Raspberry Pi 4', 'processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\n', false],
  ['x86 with AES-NI', 'flags\t\t: fpu vme sse4_2 x2apic aes xsave\n', true],
  ['x86 with VAES by name only', 'flags\t\t: fpu vme vaes\nbugs\t\t: aes\n', false],
])('%s', (_, cpuinfo, aes) => {
  expect(hasAes(cpuinfo)).toBe(aes);
});
