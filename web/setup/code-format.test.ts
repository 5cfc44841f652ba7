import { createSetupCode, hashSetupCode, isSetupCode } from '@rockpool/signing/setup-code';
import { expect, test } from 'vitest';
import { codeFault, codeInHash, formatCode } from './code-format.ts';

test('a code typed letter by letter, pasted or scanned becomes the one on the label', () => {
  for (let n = 0; n < 200; n += 1) {
    const code = createSetupCode();
    let field = '';
    for (const letter of code.toLowerCase().replace('-', '')) field = formatCode(field + letter);
    expect([field, formatCode(` ${code} `), codeInHash(`#code=${code}`)]).toEqual([code, code, code]);
    expect(codeFault(code)).toBeNull();
  }
});

test('what the label never holds is told at once, and what is missing', () => {
  expect(codeFault('7KQM-2XW0')).toEqual({ key: 'code.letter', letter: '0' });
  expect(codeFault('7KQM-2X')).toEqual({ key: 'code.short' });
  expect(codeFault('')).toEqual({ key: 'code.short' });
  expect(formatCode('7KQM2XWRSS')).toBe('7KQM-2XWR');
  expect([codeInHash(''), codeInHash('#setup=7KQM-2XWR')]).toEqual(['', '']);
});

test('what the page sends opens what the device keeps of the label', async () => {
  const code = createSetupCode();
  expect(await isSetupCode(formatCode(code.toLowerCase()), await hashSetupCode(code))).toBe(true);
});
