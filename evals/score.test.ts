/** A right answer in other words passes; a wrong one, a made-up citation and a circle don't. */
import { describe, expect, test } from 'vitest';
import { Case } from './cases.ts';
import { equals, says } from './matching.ts';
import { declines, handsOn } from './phrases.ts';
import { repeatsItself } from './repetition.ts';
import { isRight, type Said, score } from './score.ts';

const said = (text: string, more: Partial<Said> = {}): Said => ({
  ...{ text, cited: [], calls: [], cutOff: false },
  ...more,
});
const wanted = (more: object): Case =>
  Case.parse({ id: 'shared-01', group: 'shared', language: 'en', question: 'When do they open?', ...more });
const entries = [1, 2, 3].map((n) => ({ document: 'a.txt', text: `They open at ${n}.` }));
const right = (more: object, answer: Said): boolean => isRight(score(wanted(more), answer));

describe('an answer says', () => {
  test.each([
    ['They open at NINE.', 'nine'],
    ['The code is 4412.', '4412'],
    ['It delivers on Mondays', 'deliver'],
    ['Don’t – ever', "don't - ever"],
    ['**Rue de  Rivoli**', 'rue de rivoli'],
    ['门 禁 密码是4490', '门禁密码'],
  ])('%j: %j', (answer, part) => expect(says(answer, part)).toBe(true));

  test.each([
    ['The code is 4412.', '12'],
    ['The code is 4412.', '441'],
    ['Joanna is', 'anna'],
    ['', 'anything'],
  ])('%j: not %j', (answer, part) => expect(says(answer, part)).toBe(false));

  test('any of what is as good', () => expect(says('at noon', ['12', 'noon'])).toBe(true));

  test('letter for letter when every letter counts', () => {
    expect(says('is Łódź.', 'Łódź', true)).toBe(true);
    expect(says('is Łodź.', 'Łódź', true)).toBe(false);
    expect(says('is łódź.', 'Łódź', true)).toBe(false);
    expect(says('is Jan Kowalskis', 'Jan Kowalski', true)).toBe(false);
    expect(says('key 3x-Ab.', '3x-Ab', true)).toBe(true);
    expect(says('Zoe\u0308', 'Zo\u00eb', true)).toBe(true);
  });
});

describe('citations', () => {
  test('are those that were wanted, no more and no fewer', () => {
    const one = { entries, must: ['2'], cite: [2] };
    expect(right(one, said('At 2.', { cited: [2] }))).toBe(true);
    expect(right(one, said('At 2.', { cited: [2, 3] }))).toBe(false);
    expect(right(one, said('At 2.'))).toBe(false);
    expect(right({ ...one, mayCite: [3] }, said('At 2.', { cited: [2, 3] }))).toBe(true);
    expect(right({ ...one, mayCite: [3] }, said('At 2.', { cited: [3] }))).toBe(false);
    expect(right({ must: ['2'] }, said('At 2.', { cited: [7] }))).toBe(false);
  });
});

describe('not knowing', () => {
  test.each([
    "I don't know: I don't have that in my memory or in your documents.",
    'I couldn’t find anything about that.',
    'That is not mentioned in the documents.',
    'Nobody told me.',
    "I'm not sure.",
    'There is no information on the cat.',
    '我还不知道。您可以告诉我。',
    '文档里没有提到这一点。',
    '抱歉,我无法回答。',
    'That is beyond me; a larger model can answer it.',
  ])('is said by %j', (answer) => {
    expect(declines(answer)).toBe(true);
    expect(right({ declines: true }, said(answer))).toBe(true);
    expect(right({ declines: true }, said(answer, { cited: [1] }))).toBe(false);
  });

  test.each([
    'The bakery opens at 7.',
    'Noted: the cat is grey.',
    '面包店七点开门。',
    'Hello! How can I help?',
  ])('is not said by %j', (answer) => expect(declines(answer)).toBe(false));

  test('is not enough where somebody larger would know', () => {
    expect(handsOn("I don't know.")).toBe(false);
    expect(handsOn('Ask a bigger model.')).toBe(true);
    expect(handsOn('安装更大的模型后可以回答。')).toBe(true);
  });

  test('counts against an answer that was there', () => {
    const verdict = score(wanted({ entries, must: ['2'], cite: [2] }), said("I don't know."));
    expect(verdict).toMatchObject({ declined: true, repeats: false });
    expect(isRight(verdict)).toBe(false);
  });
});

describe('a call', () => {
  const call = {
    name: 'set_alarm',
    arguments: { time: '07:30', days: 2, room: { anyOf: ['hall', 'the hall'] } },
  };
  const calls = (name: string, found: object) =>
    said('', { calls: [{ name, arguments: JSON.stringify(found) }] });

  test('is the right one with the right arguments', () => {
    expect(right({ call }, calls('set_alarm', { time: '07:30', days: 2, room: 'The hall.' }))).toBe(true);
    expect(right({ call }, calls('set_alarm', { time: '7:30', days: 2, room: 'hall' }))).toBe(false);
    expect(right({ call }, calls('set_alarm', { time: '07:30', days: 3, room: 'hall' }))).toBe(false);
    expect(right({ call }, calls('set_timer', { time: '07:30', days: 2, room: 'hall' }))).toBe(false);
    expect(right({ call }, said('The alarm is set.'))).toBe(false);
  });

  test('has nothing made up, unless it may say there what it likes', () => {
    const found = { time: '07:30', days: 2, room: 'hall', note: 'early' };
    expect(right({ call }, calls('set_alarm', found))).toBe(false);
    expect(right({ call: { ...call, free: ['note'] } }, calls('set_alarm', found))).toBe(true);
  });

  test('is wrong where words were wanted', () => {
    expect(right({ must: ['63'] }, said('63', { calls: [{ name: 'again', arguments: '{}' }] }))).toBe(false);
  });

  test('that is cut off is a wrong answer and no failure', () => {
    expect(right({ call }, said('', { calls: [{ name: 'set_alarm', arguments: '{"time":"0' }] }))).toBe(
      false,
    );
  });
});

test('values are equal by what they say', () => {
  expect(equals({ a: [1, 'X '] }, { a: [1, 'x'] })).toBe(true);
  expect(equals({ a: 1, b: 2 }, { a: 1 })).toBe(false);
  expect(equals('1', 1)).toBe(false);
  expect(equals(null, null)).toBe(true);
});

test('JSON has to say what was wanted', () => {
  const of = { schema: { type: 'object' }, json: { urgent: true } };
  expect(right(of, said('{"urgent": true, "why": "fire"}'))).toBe(true);
  expect(right(of, said('{"urgent": false}'))).toBe(false);
  expect(right(of, said('{"urgent": tr'))).toBe(false);
  expect(right(of, said('[]'))).toBe(false);
});

describe('going round in circles', () => {
  test.each([
    ['no end', `The vet is called Krei. ${'The vet is called Krei. '.repeat(6)}`],
    [
      'the last round cut off',
      'At nine. My name is Gao. My name is Gao. My name is Gao. My name is Gao. My na',
    ],
    ['one letter', `Purpose_2${'4'.repeat(80)}`],
    ['Chinese', `记住了:${'处理'.repeat(30)}`],
    ['a broken letter', '\ufffd处'.repeat(20)],
    [
      'small changes',
      Array.from({ length: 20 }, (_, i) => `The room ${i % 3} is free and the room is free`).join(', '),
    ],
  ])('%s', (_, text) => expect(repeatsItself(text)).toBe(true));

  test.each([
    ['nothing', ''],
    ['a short answer', 'The code is 4471. [1]'],
    ['a long number', 'The number is 00000000000000000001.'],
    ['laughter', 'ha ha ha ha'],
    ['a table', 'Name: Ada, Phone: 1\nName: Ben, Phone: 2\nName: Cem, Phone: 3\nName: Dee, Phone: 4'],
    ['rows of a plan', 'Mon 9-17, Tue 9-17, Wed 9-17, Thu 9-17, Fri 9-17, Sat closed, Sun closed'],
  ])('not %s', (_, text) => expect(repeatsItself(text)).toBe(false));

  test('is what an answer does that has to be cut off', () => {
    expect(score(wanted({ must: ['a'] }), said('a', { cutOff: true }))).toMatchObject({ repeats: true });
  });
});

test('marks of the template and a refusal are wrong in every answer', () => {
  expect(right({ must: ['hall'] }, said('In the hall<|im_end|>'))).toBe(false);
  expect(right({ mustNot: ['x'] }, said('', { refused: 'too long' }))).toBe(false);
  expect(right({ mustNot: ['x'] }, said(''))).toBe(false);
});
