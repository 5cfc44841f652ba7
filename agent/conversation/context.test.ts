import { describe, expect, test } from 'vitest';
import { chooseEntries } from './context.ts';

describe('the entries of a context', () => {
  const fact = (id: number, text: string) => ({
    fact: {
      ...{ id, text, scope: 'mine' as const, saidBy: 'ada', saidAt: Date.parse('2026-03-02T12:00:00Z') },
      ...{ sessionId: null, messageId: null, supersededBy: null, supersededAt: null },
    },
  });
  const passage = (id: number, text: string, page: number | null = 12) => ({
    documentName: 'handbook.pdf',
    passage: { id, documentId: 7, index: id, page, heading: '', text },
  });

  test('are at most six, merged by rank, memories first', () => {
    const facts = [1, 2, 3, 4, 5].map((n) => fact(n, `Fact ${n}`));
    const passages = [1, 2, 3, 4, 5].map((n) => passage(n, `Passage ${n}`));
    expect(chooseEntries(facts, passages).map(({ text }) => text)).toEqual([
      'Fact 1',
      'Passage 1',
      'Fact 2',
      'Passage 2',
      'Fact 3',
      'Passage 3',
    ]);
    expect(chooseEntries(facts, []).map(({ label }) => label)[0]).toBe('memory, 2026-03-02');
    expect(chooseEntries([], [passage(1, 'x', null)]).map(({ label }) => label)).toEqual(['handbook.pdf']);
  });

  test('leave out what another contradicts, unless it is asked for', () => {
    const until = Date.parse('2026-03-02T12:00:00Z');
    const before = { id: 1, text: 'The gate code is 4471.', until };
    const both = [
      { ...fact(2, 'The gate opens with 9032 now.'), before, replaces: [1] },
      fact(1, 'The gate code is 4471.'),
    ];
    const [only, ...others] = chooseEntries(both, [], 'What is the gate code?');
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 2, before: { text: 'The gate code is 4471.', until } });
    expect(chooseEntries(both, [], 'What was the gate code before?').map(({ id }) => id)).toEqual([2, 1]);
    expect(chooseEntries(both, [], '大门密码以前是多少？')).toHaveLength(2);
  });

  test('say nothing twice, but what differs in one number is not the same', () => {
    const same = [
      fact(1, 'The alarm code is 4471.'),
      fact(2, 'the alarm code is 4471'),
      fact(3, 'The alarm code is 4472.'),
    ];
    expect(chooseEntries(same, [passage(1, 'Alarm code is 4471')]).map(({ id }) => id)).toEqual([1, 3]);
    expect(chooseEntries([fact(1, '报警密码是4471。')], [passage(9, '报警密码是4471')])).toHaveLength(1);
  });
});
