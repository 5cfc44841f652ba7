import { array, assert, asyncProperty, constantFrom, integer, oneof, record, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block } from './parse/block.ts';
import { lettersOf, type PassageText, passages } from './passages.ts';

const page = 1;
const heading = (text: string, level = 1): Block => ({ kind: 'heading', text, level, page });
const paragraph = (text: string, on = page): Block => ({ kind: 'paragraph', text, page: on });
const row = (text: string): Block => ({ kind: 'row', text, page });
const cut = (blocks: Block[], letters = 60): Promise<PassageText[]> =>
  Array.fromAsync(passages(blocks, letters));

describe('passages', () => {
  test('carry the path of headings above them', async () => {
    const found = await cut([
      heading('Safety'),
      heading('Fire', 2),
      paragraph('Use the stairs.'),
      heading('Water', 2),
      paragraph('Close the valve.'),
      heading('Travel'),
      paragraph('Book early.'),
    ]);
    expect(found.map((passage) => passage.heading)).toEqual(['Safety › Fire', 'Safety › Water', 'Travel']);
  });

  test('short paragraphs under one heading stand together', async () => {
    expect(await cut([paragraph('One.'), paragraph('Two.')])).toEqual([
      { page, heading: '', text: 'One.\nTwo.' },
    ]);
  });

  test('never reach over a page', async () => {
    const found = await cut([paragraph('One.', 1), paragraph('Two.', 2)]);
    expect(found.map((passage) => [passage.page, passage.text])).toEqual([
      [1, 'One.'],
      [2, 'Two.'],
    ]);
  });

  test('keep the rows of a table whole, a line each', async () => {
    const rows = Array.from({ length: 6 }, (_, i) => row(`Name: Person ${i}, Room: ${i}, Floor: ${i}.`));
    const found = await cut(rows);
    expect(found.length).toBeGreaterThan(1);
    expect(found.flatMap(({ text }) => text.split('\n'))).toEqual(rows.map(({ text }) => text));
  });

  test('end where a sentence ends, in English and Chinese', async () => {
    const english = await cut([
      paragraph('The pump delivers forty litres. The seal lasts 2,000 hours. The motor is quiet.'),
    ]);
    expect(english.map(({ text }) => text)).toEqual([
      'The pump delivers forty litres. The seal lasts 2,000 hours.',
      'The motor is quiet.',
    ]);
    const chinese = await cut([
      paragraph('报销须经财务审批,超过五千元由总经理批准。发票须在三十天内提交。出差须提前十天预订。'),
    ]);
    expect(chinese.every(({ text }) => text.endsWith('。'))).toBe(true);
  });

  test('a heading with nothing under it is a passage of its own', async () => {
    const found = await cut([heading('Thanks'), heading('Questions?')]);
    expect(found.map(({ text }) => text)).toEqual(['Thanks', 'Questions?']);
  });

  test('a paragraph set as a heading is a paragraph', async () => {
    const long = 'This was set in large letters, and yet it goes on and on. '.repeat(5);
    expect((await cut([heading(long), paragraph('After.')])).every((passage) => passage.heading === '')).toBe(
      true,
    );
  });

  test('code keeps its indentation', async () => {
    const [found] = await cut([{ kind: 'code', text: '  if (a) {\n    b();\n  }', page }]);
    expect(found?.text).toBe('  if (a) {\n    b();\n  }');
  });
});

const text = oneof(
  string({ unit: 'grapheme', maxLength: 300 }),
  string({ unit: 'binary', maxLength: 50 }),
  array(
    constantFrom(
      'The seal lasts. ',
      '报销须经审批。',
      'word',
      ' ',
      '\n',
      '😀',
      '\ud800',
      '\0',
      'x'.repeat(90),
    ),
    { maxLength: 40 },
  ).map((parts) => parts.join('')),
);
const onPage = integer({ min: 1, max: 3 });
const headings = ['Heading One', 'Heading Two'];
const block = oneof(
  record({
    kind: constantFrom('heading' as const),
    text: constantFrom(...headings),
    page: onPage,
    level: onPage,
  }),
  record({ kind: constantFrom('paragraph' as const, 'code' as const), text, page: onPage }),
);
/** What must come out again: everything but white space and what can't be shown. */
const kept = (value: string): string => value.toWellFormed().replace(/[\0-\x1f\x7f]|\s/g, '');

test('nothing of a document is lost, changed or said twice, and no passage is too long', async () => {
  await assert(
    asyncProperty(
      array(block, { maxLength: 12 }),
      integer({ min: 20, max: 200 }),
      async (blocks, letters) => {
        const found = (await cut(blocks, letters)).filter((passage) => !headings.includes(passage.text));
        const bodies = blocks.filter(({ kind }) => kind !== 'heading');
        expect(found.map((passage) => kept(passage.text)).join('')).toBe(
          bodies.map((body) => kept(body.text)).join(''),
        );
        for (const passage of found) {
          expect(passage.text.trim()).not.toBe('');
          expect(passage.text.isWellFormed()).toBe(true);
          expect(lettersOf(passage.text.replaceAll('\n', ''))).toBeLessThanOrEqual(letters);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('no heading is lost: it is in a path or a passage', async () => {
  await assert(
    asyncProperty(array(block, { maxLength: 12 }), async (blocks) => {
      const found = (await cut(blocks)).map((passage) => `${passage.heading} ${passage.text}`).join(' ');
      for (const { kind, text: said } of blocks) if (kind === 'heading') expect(found).toContain(said);
    }),
  );
});
