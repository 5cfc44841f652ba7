import { expect, test } from 'vitest';
import { en } from '../../web/setup/words/en.ts';
import { enrolmentSentences } from '../enrolment/refused.ts';
import { stepIds } from '../steps/step.ts';

test('the page has a name and a reason for every step, and for no other', () => {
  const named = Object.keys(en)
    .map((key) => /^step\.([a-z-]+)$/.exec(key)?.[1])
    .filter(Boolean);
  expect(named.sort()).toEqual([...stepIds].sort());
  for (const id of stepIds) expect(Object.keys(en), id).toContain(`step.${id}.why`);
});

test('the page has a sentence for every reason why a device is not enrolled', () => {
  const known = Object.keys(en).filter((key) => key.startsWith('why.'));
  expect(known.sort()).toEqual(
    Object.keys(enrolmentSentences)
      .map((code) => `why.${code}`)
      .sort(),
  );
});
