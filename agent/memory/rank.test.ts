/** In which order facts are recalled, and which are not: what is asked for in other words, what is newer, what is said twice. */
import { expect, test } from 'vitest';
import { type Candidate, rank } from './rank.ts';

const day = 86_400_000;

function candidates(...facts: [text: string, likeness: number | null, at?: number][]): Candidate[] {
  return facts.map(([text, likeness, at = 0], i) => ({
    ...{ id: i + 1, text, subject: null, at: at * day, likeness },
    ...{ share: 0, place: null, importance: 0.5, uses: 0, paled: 0, isEvent: false },
  }));
}
const texts = (asked: string, ...facts: Parameters<typeof candidates>): string[] =>
  rank(candidates(...facts), 6, asked).map(({ text }) => text);

test('who asks for the boss finds the manager, before what is only nearer', () => {
  const [first] = texts(
    "Who is Nora Byrne's boss?",
    ['Nora Byrne showed me how to use Planner.', 0.9],
    ["Nora Byrne's manager is Signe Dahl.", 0.7],
    ["Cosmo Ferri's manager is Hugo Marchetti.", 0.6],
  );
  expect(first).toBe("Nora Byrne's manager is Signe Dahl.");
  expect(texts('谁是赵磊的上司？', ['赵磊教我用云笺。', 0.9], ['赵磊的经理是宋佳。', 0.7])[0]).toBe(
    '赵磊的经理是宋佳。',
  );
});

test('of two that tell the same in other words, the newer stands first and names what it replaces', () => {
  const old = 'The contract with Arden runs until January.';
  const newer = 'Our contract with Arden was extended until October.';
  const ranked = rank(
    candidates([old, 1.1, 1], [newer, 0.8, 90]),
    6,
    'How long does the contract with Arden run?',
  );
  expect(ranked.map(({ text }) => text)).toEqual([newer, old]);
  expect(ranked[0]?.replaces).toEqual([1]);
});

test('a newer fact about another one of the kind does not go first', () => {
  const asked = 'Who keeps the key to the Elm room?';
  const elm = 'The key to the Elm room is kept by Flora.';
  expect(texts(asked, [elm, 1, 1], ['The key to the Cedar room is now kept by Lena.', 0.8, 90])[0]).toBe(elm);
});

test('a newer fact goes first in whatever words, when it gives the same kind of value of the same thing', () => {
  const newest = (asked: string, older: string, newer: string): string | undefined =>
    texts(asked, [older, 1, 1], [newer, 0.9, 90])[0];
  for (const [asked, older, newer] of [
    [
      'What state is project Kite in?',
      'The status of project Kite is on hold.',
      'Project Kite is now under review.',
    ],
    ['How do I open the loft?', 'The loft opens with the code 7891.', 'The code for the loft is now 7515.'],
    ['To whom does Ann Lee report?', 'Ann Lee reports to Bo Dahl.', "Ann Lee's manager is now Cy Ito."],
    ['仓库的门怎么开？', '仓库的门禁密码是5173。', '仓库换锁了，密码是1952。'],
    ['投影仪在哪里？', '投影仪放在大厅。', '投影仪搬到车棚了。'],
  ] as const) {
    expect(newest(asked, older, newer), asked).toBe(newer);
  }
  for (const [asked, older, newer] of [
    ['Which allergies does Ann Lee have?', 'Ann Lee is allergic to nuts.', 'Ann Lee moved to Oslo.'],
    ['When was Ann Lee born?', 'Ann Lee was born on 3 May.', 'Ann Lee gave a talk in Rome in June.'],
    ['When must project Kite be done?', 'Project Kite is due on 3 May.', 'Project Kite got praise in June.'],
  ] as const) {
    expect(newest(asked, older, newer), asked).toBe(older);
  }
});

test('of two about one subject only the newer is left, whichever was stored last', () => {
  const two = candidates(['The code is 2.', 1, 9], ['The code is 1.', 1, 2]);
  for (const one of two) one.subject = 'code';
  expect(rank(two, 6, 'What is the code?').map(({ text }) => text)).toEqual(['The code is 2.']);
});

test('what is said twice is told once, unless a name, a number or a small word makes it another thing', () => {
  const asked = 'What is the code of the gate?';
  expect(texts(asked, ['The code of the gate is 4471.', 1], ['Gate code: 4471', 1])).toHaveLength(1);
  expect(texts(asked, ['The code of the gate is 4471.', 1], ['The gate code is 4472.', 1])).toHaveLength(2);
  expect(
    texts('Who reports to whom?', ['Today Ann reports to Ben.', 1], ['Today Ben reports to Ann.', 1]),
  ).toHaveLength(2);
  expect(texts('When is the jour fixe?', ['It is before lunch.', 1], ['It is after lunch.', 1])).toHaveLength(
    2,
  );
});

test('nothing is told that shares neither a word nor the meaning', () => {
  expect(texts('Write a poem about autumn.', ['The alarm code is 4471.', 0.2])).toEqual([]);
  expect(texts('What is the alarm code?', ['The alarm code is 4471.', null])).toHaveLength(1);
  expect(texts('What is the alarm code?', ['The rent is 900 euros.', null])).toEqual([]);
});

test('importance, use and age decide between equals only', () => {
  const asked = 'What is the code of the gate?';
  const [used, plain] = candidates(['The code of the gate is 1.', 1], ['The code of the gate is 2.', 1]) as [
    Candidate,
    Candidate,
  ];
  expect(rank([{ ...used, uses: 30 }, plain], 6, asked)[0]?.id).toBe(used.id);
  expect(rank([{ ...used, importance: 1 }, plain], 6, asked)[0]?.id).toBe(used.id);
  expect(rank([{ ...used, uses: 30, likeness: 0.7 }, plain], 6, asked)[0]?.id).toBe(plain.id);
});

test('of two values of one thing the one that is asked for stands first, however much newer the other is', () => {
  const [first] = texts(
    'What is the code of the bicycle in Leeds?',
    ['The code of the bicycle in Leeds is 59886.', 1.1, 1],
    ['The number of the bicycle in Leeds is 67805.', 1, 90],
  );
  expect(first).toBe('The code of the bicycle in Leeds is 59886.');
});
