import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTextGate } from './text-gate.ts';

function read(markers: string[], pieces: string[]) {
  const gate = createTextGate(markers);
  let shown = '';
  for (const piece of pieces) {
    const { text, marker, rest } = gate.push(piece);
    shown += text;
    if (marker !== undefined) return { shown, marker, rest };
  }
  return { shown: shown + gate.end() };
}

test('a stop string is found across pieces and never shown', () => {
  expect(read(['STOP'], ['one S', 'TO', 'P two'])).toEqual({ shown: 'one ', marker: 'STOP', rest: ' two' });
});

test('what only began like a stop string is shown as soon as it is not one', () => {
  const gate = createTextGate(['STOP']);
  expect(gate.push('a ST').text).toBe('a ');
  expect(gate.push('ART').text).toBe('START');
});

test('the earliest marker wins, and of two at the same place the longer', () => {
  expect(read(['b', 'abc'], ['xabc'])).toEqual({ shown: 'x', marker: 'abc', rest: '' });
  expect(read(['<a', '<ab'], ['x<ab'])).toEqual({ shown: 'x', marker: '<ab', rest: '' });
});

test('Chinese stop strings hold too', () => {
  expect(read(['结束'], ['你好', '结', '束了'])).toEqual({ shown: '你好', marker: '结束', rest: '了' });
});

test('without a marker in it the text comes out whole, however it was cut', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '好', '🦀'), maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 20 }),
      fc.array(
        letters.filter((s) => s !== ''),
        { maxLength: 4 },
      ),
      (pieces, markers) => {
        const whole = pieces.join('');
        const cuts = markers.map((m) => whole.indexOf(m)).filter((at) => at >= 0);
        const result = read(markers, pieces);
        expect(whole.startsWith(result.shown)).toBe(true);
        if (cuts.length === 0) expect(result).toEqual({ shown: whole });
        else expect(markers.some((m) => result.shown.includes(m))).toBe(false);
      },
    ),
  );
});
