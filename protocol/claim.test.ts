/** A claim is read from paper and typed on a phone: what goes wrong there is found before it is sent. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ClaimCode,
  type ClaimFile,
  ControllerUrl,
  formClaimCode,
  formClaimFile,
  formClaimLine,
  parseClaimCode,
  parseClaimText,
} from './claim.ts';
import { checkSymbols, misfit } from './gf32.ts';
import { Refusal } from './refusal.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const secrets = fc.array(fc.nat(31), { minLength: 18, maxLength: 18 });
const codes = secrets.map(formClaimCode);
const places = fc.nat(19);
/** The code's 20 symbols, without its frame. */
const plain = (code: string): string[] => [...code.replace(/^RP|-/g, '')];

test('a code is read as it was formed', () => {
  fc.assert(
    fc.property(codes, (code) => {
      expect(parseClaimCode(code)).toBe(code);
    }),
  );
});

test('any one wrong symbol is found, and its group is named', () => {
  fc.assert(
    fc.property(codes, places, fc.integer({ min: 1, max: 31 }), (code, place, shift) => {
      const typed = plain(code);
      typed[place] = alphabet[(alphabet.indexOf(typed[place]!) + shift) % 32]!;
      expect(() => parseClaimCode(typed.join(''))).toThrow(`group ${Math.floor(place / 5) + 1}.`);
    }),
  );
});

test('any two wrong symbols are found, so any two that changed places, near or far', () => {
  fc.assert(
    fc.property(codes, places, places, (code, one, other) => {
      const typed = plain(code);
      [typed[one], typed[other]] = [typed[other]!, typed[one]!];
      if (typed.join('') === plain(code).join('')) return;
      expect(() => parseClaimCode(typed.join(''))).toThrow(Refusal);
    }),
  );
  fc.assert(
    fc.property(codes, places, places, fc.nat(31), fc.nat(31), (code, one, other, first, second) => {
      const typed = plain(code);
      typed[one] = alphabet[first]!;
      typed[other] = alphabet[second]!;
      if (typed.join('') === plain(code).join('')) return;
      expect(() => parseClaimCode(typed.join(''))).toThrow(Refusal);
    }),
  );
});

test('every pair of places and every pair of errors is found, none left to chance', () => {
  // The code is linear: what one code shows, all show.
  const zero = Array<number>(20).fill(0);
  expect(misfit(zero)).toBeNull();
  for (let one = 0; one < 20; one += 1) {
    for (let other = 0; other < one; other += 1) {
      for (let pair = 1; pair < 1024; pair += 1) {
        const wrong = zero.with(one, pair & 31).with(other, pair >> 5);
        if (misfit(wrong) === null)
          expect.fail(`errors ${pair & 31} and ${pair >> 5} at ${one} and ${other}`);
      }
    }
  }
});

test('check symbols make any symbols agree', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(31), { maxLength: 29 }), (symbols) => {
      expect(misfit([...symbols, ...checkSymbols(symbols)])).toBeNull();
    }),
  );
});

test('letters that people mistake are read as what was meant', () => {
  const code = formClaimCode([0, 1, 1, ...Array<number>(15).fill(7)]);
  expect(code.startsWith('RP-01177')).toBe(true);
  expect(parseClaimCode(code.toLowerCase().replace('rp-01177', 'rp oil77'))).toBe(code);
  expect(parseClaimCode(code.replaceAll('-', ' – '))).toBe(code);
  expect(
    parseClaimCode([...code].map((letter) => String.fromCodePoint(letter.codePointAt(0)! + 0xfee0)).join('')),
  ).toBe(code);
});

test('a code that begins with R and P is read with and without its frame', () => {
  const code = formClaimCode([24, 22, ...Array<number>(16).fill(3)]);
  expect(code.startsWith('RP-RP')).toBe(true);
  expect(parseClaimCode(code)).toBe(code);
  expect(parseClaimCode(plain(code).join(''))).toBe(code);
});

describe('what is no claim is refused with what to do', () => {
  test.each([
    ['', 'this one has 0'],
    ['RP-12345', 'this one has 5'],
    // With the two that are missing at its end it would be 20 symbols that happen to begin with R and P.
    [formClaimCode(Array(18).fill(1)).slice(0, -2), 'this one has 18'],
    [`${formClaimCode(Array(18).fill(1))}7`, 'this one has 21'],
    ['RP-UUUUU-UUUUU-UUUUU-UUUUU', 'no “U”'],
    ['RP-潮池', 'no “潮”'],
  ])('%j', (typed, says) => {
    expect(() => parseClaimCode(typed)).toThrow(says);
  });

  test('and the schema of the wire takes no code whose check symbols are wrong', () => {
    expect(ClaimCode.safeParse('RP-00000-00000-00000-00000').success).toBe(true);
    expect(ClaimCode.safeParse('RP-00000-00000-00000-00001').success).toBe(false);
  });
});

describe('a claim with its controller', () => {
  const file: ClaimFile = {
    version: 1,
    controller: 'https://fleet.example:8443',
    pin: `sha256/${Buffer.alloc(32, 7).toString('base64')}`,
    claim: formClaimCode(Array.from({ length: 18 }, (_, at) => at)),
  };

  test('is the same as a file, with a byte order mark that an editor left, and as the line of a QR code', () => {
    expect(parseClaimText(formClaimFile(file))).toEqual(file);
    expect(parseClaimText(`\uFEFF${formClaimFile(file)}`)).toEqual(file);
    expect(parseClaimText(`  ${formClaimLine(file)}\n`)).toEqual(file);
    expect(parseClaimText(file.claim)).toEqual({ claim: file.claim });
  });

  test('its line fits a QR code that a phone reads from a screen', () => {
    // Version 10 with error correction M holds 213 bytes.
    expect(formClaimLine(file).length).toBeLessThan(213);
  });

  test.each([
    ['cut off', formClaimFile(file).slice(0, 60), 'not whole'],
    ['of a later version', formClaimFile({ ...file, version: 2 as 1 }), 'version'],
    ['with a key that is not known', JSON.stringify({ ...file, next: 1 }), 'next'],
    ['over http', JSON.stringify({ ...file, controller: 'http://fleet.example' }), 'controller'],
    ['with a path', JSON.stringify({ ...file, controller: 'https://fleet.example/v1' }), 'controller'],
    ['with a user', JSON.stringify({ ...file, controller: 'https://a@fleet.example' }), 'controller'],
    ['with a line of a later version', formClaimLine(file).replace('ROCKPOOL1', 'ROCKPOOL2'), 'version'],
    ['too long', `{${' '.repeat(5_000)}}`, 'too long'],
  ])('%s is refused', (_, text, says) => {
    expect(() => parseClaimText(text)).toThrow(says);
    expect(() => parseClaimText(text)).toThrow(Refusal);
  });

  test.each([
    'https://10.0.0.5:8443',
    'https://[fd00::1]:8443',
    'https://fleet.example/',
    'https://fleet.example',
  ])('%s is an address of a controller', (url) => expect(ControllerUrl.safeParse(url).success).toBe(true));
});
