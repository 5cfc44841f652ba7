import { expect, test } from 'vitest';
import { afterCompositionMs, Composition, type KeyPress } from './enter.ts';

const enter: KeyPress = { key: 'Enter', keyCode: 13, isComposing: false, shiftKey: false, altKey: false };

test('Enter sends, and with Shift or Alt it does not', () => {
  const composition = new Composition();
  expect(composition.sends(enter, 0)).toBe(true);
  expect(composition.sends({ ...enter, shiftKey: true }, 0)).toBe(false);
  expect(composition.sends({ ...enter, altKey: true }, 0)).toBe(false);
  expect(composition.sends({ ...enter, key: 'a' }, 0)).toBe(false);
});

test('the Enter that picks a candidate never sends, whichever way the browser tells that it composes', () => {
  const composition = new Composition();
  expect(composition.sends({ ...enter, isComposing: true }, 0)).toBe(false);
  composition.started();
  expect(composition.sends(enter, 10)).toBe(false);
  expect(composition.sends({ ...enter, keyCode: 229 }, 10)).toBe(false);
});

test('Safari ends the composition before it tells its Enter, which still does not send', () => {
  const composition = new Composition();
  composition.started();
  composition.ended(1_000);
  expect(composition.sends({ ...enter, keyCode: 229 }, 1_002)).toBe(false);
});

test('an Enter after the composition sends at once, also where the browser still calls it 229', () => {
  const composition = new Composition();
  composition.started();
  composition.ended(1_000);
  expect(composition.sends(enter, 1_050)).toBe(true);
  expect(composition.sends({ ...enter, keyCode: 229 }, 1_001 + afterCompositionMs)).toBe(true);
});
