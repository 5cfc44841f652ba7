import { array, assert, asyncProperty, constantFrom, integer, nat, tuple } from 'fast-check';
import { PDFDocument, StandardFonts } from 'pdf-lib';
import { describe, expect, test } from 'vitest';
import { parserLimits } from '../parser.ts';
import * as sample from '../sample-files.ts';
import type { Block } from './block.ts';
import { parseFile } from './parse.ts';

async function read(bytes: Buffer | string, name = 'file', limits = parserLimits) {
  const { kind, pages, blocks } = await parseFile(Buffer.from(bytes as string), name, limits);
  return { kind, pages, blocks: await Array.fromAsync<Block>(blocks) };
}
const texts = (blocks: readonly Block[]): string[] => blocks.map((block) => `${block.kind}: ${block.text}`);

async function pdf(pages: readonly { title: string; lines: readonly string[] }[]): Promise<Buffer> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (const { title, lines } of pages) {
    const page = document.addPage([400, 600]);
    page.drawText(title, { x: 40, y: 550, size: 20, font });
    for (const [i, line] of lines.entries())
      if (line) page.drawText(line, { x: 40, y: 500 - i * 14, size: 11, font });
  }
  return Buffer.from(await document.save());
}

describe('a PDF', () => {
  test('has pages, headings by size, and paragraphs over broken lines', async () => {
    const { kind, pages, blocks } = await read(
      await pdf([
        {
          title: 'Visitors',
          lines: ['Visitors sign in at the recep-', 'tion and wear a badge.', '', 'They leave by six.'],
        },
        { title: 'Parking', lines: ['Park behind the bakery.'] },
      ]),
    );
    expect([kind, pages]).toEqual(['pdf', 2]);
    expect(blocks.map(({ text, page }) => [page, text])).toEqual([
      [1, 'Visitors'],
      [1, 'Visitors sign in at the reception and wear a badge.'],
      [1, 'They leave by six.'],
      [2, 'Parking'],
      [2, 'Park behind the bakery.'],
    ]);
    expect(blocks.map(({ kind }) => kind)).toEqual([
      'heading',
      'paragraph',
      'paragraph',
      'heading',
      'paragraph',
    ]);
  });

  test('in Chinese goes on over a line break without a space', async () => {
    const { blocks } = await read(
      sample.unicodePdf(['报销须经财务审批,超过五', '千元由总经理批准。', 'Then English', 'lines.']),
    );
    expect(blocks[0]?.text).toBe('报销须经财务审批,超过五千元由总经理批准。 Then English lines.');
  });
});

describe('Office files', () => {
  test('Word: headings, paragraphs, and tables under their columns', async () => {
    const body =
      sample.wordParagraph('Safety', 1) +
      sample.wordParagraph('Use the stairs &amp; not the lift.') +
      sample.wordTable([
        ['Name', 'Room'],
        ['Ada', '101'],
        ['贝拉', '102'],
      ]);
    const { kind, blocks } = await read(sample.docx(body));
    expect(kind).toBe('docx');
    expect(texts(blocks)).toEqual([
      'heading: Safety',
      'paragraph: Use the stairs & not the lift.',
      'row: Name: Ada, Room: 101.',
      'row: Name: 贝拉, Room: 102.',
    ]);
  });

  test('Excel: a heading for each sheet, numbers as they are shown', async () => {
    const sheets = {
      Staff: { A1: 'Name', B1: 'Share', A2: 'Ada', B2: 0.1 + 0.2 },
      预算: { A1: '差旅', B1: 12000 },
    };
    const { kind, blocks } = await read(sample.xlsx(sheets));
    expect(kind).toBe('xlsx');
    expect(texts(blocks)).toEqual([
      ...['heading: Staff', 'row: Name: Ada, Share: 0.3.', 'heading: 预算', 'row: 差旅 | 12000'],
    ]);
  });

  test('PowerPoint: slides in the order they are shown, notes with their slide, no slide numbers', async () => {
    const { kind, pages, blocks } = await read(
      sample.pptx([
        { title: 'Plan', body: ['First', 'Second'], notes: 'Say hello.' },
        { title: 'End', body: ['Thanks'] },
      ]),
    );
    expect([kind, pages]).toEqual(['pptx', 2]);
    expect(blocks.map(({ text, page }) => [page, text])).toEqual([
      ...[
        [1, 'Plan'],
        [1, 'First'],
        [1, 'Second'],
        [1, 'Say hello.'],
        [2, 'End'],
        [2, 'Thanks'],
      ],
    ]);
  });
});

describe('HTML', () => {
  const parsed = async (body: string) => texts((await read(`<!doctype html><body>${body}`)).blocks);

  test('is what its reader sees, by structure', async () => {
    expect(
      await parsed('<h1>Fire</h1><p>Use the <b>stairs</b>,\n not the lift.<ul><li>Walk<li>Meet outside</ul>'),
    ).toEqual([
      ...[
        'heading: Fire',
        'paragraph: Use the stairs, not the lift.',
        'paragraph: Walk',
        'paragraph: Meet outside',
      ],
    ]);
  });

  test('scripts, styles, comments and hidden parts are no text', async () => {
    expect(
      await parsed(
        '<script>alert(1)</script><style>p{}</style><!-- x --><p hidden>no</p><p>yes<template>no</template>',
      ),
    ).toEqual(['paragraph: yes']);
  });

  test('cells of a table stay apart, each under its head', async () => {
    const { blocks } = await read('<html><table><tr><th>Name<th>Room<tr><td>Ada<td>1<br>2</table>');
    expect(blocks).toEqual([{ kind: 'row', text: 'Name: Ada, Room: 1 2.', page: null }]);
  });

  test('code keeps its lines', async () => {
    expect(await parsed('<pre>\na\n  b\n</pre>')).toEqual(['code: a\n  b']);
  });

  test('a hundred thousand elements inside one another are read', async () => {
    expect(await parsed(`${'<div>'.repeat(100_000)}deep`)).toEqual(['paragraph: deep']);
  });
});

test('Markdown: headings, code, tables, and the rest as it stands', async () => {
  const source =
    '# Fire\n\nUse the **stairs**.\nNot the lift.\n\nWhere\n-----\n```sh\n# not a heading\nrun\n```\n| Name | Room |\n|---|---|\n| Ada | 1\\|2 |\n';
  const { kind, blocks } = await read(source, 'notes.md');
  expect(kind).toBe('markdown');
  expect(texts(blocks)).toEqual([
    ...[
      'heading: Fire',
      'paragraph: Use the **stairs**.\nNot the lift.',
      'heading: Where',
      'code: # not a heading\nrun',
    ],
    'row: Name: Ada, Room: 1|2.',
  ]);
});

test.each([
  ['comma', 'Name,Room\n"Ada, Countess",101\nBob,102\n'],
  ['semicolon', 'Name;Room\nAda, Countess;101\nBob;102\n'],
  ['tab', 'Name\tRoom\nAda, Countess\t101\nBob\t102\n'],
])('CSV with a %s', async (_, source) => {
  const { kind, blocks } = await read(source);
  expect(kind).toBe('csv');
  expect(texts(blocks)).toEqual(['row: Name: Ada, Countess, Room: 101.', 'row: Name: Bob, Room: 102.']);
});

test('a Chinese table speaks Chinese, an empty cell says nothing, and one without names stays as it is', async () => {
  expect(texts((await read('姓名,电话,部门\n李娜,5551,\n王伟,5552,财务部\n')).blocks)).toEqual([
    'row: 姓名:李娜,电话:5551。',
    'row: 姓名:王伟,电话:5552,部门:财务部。',
  ]);
  expect(texts((await read('12,13,14\n15,16,17\n18,19,20\n')).blocks)).toEqual([
    'row: 12 | 13 | 14',
    'row: 15 | 16 | 17',
    'row: 18 | 19 | 20',
  ]);
});

describe('text is decoded from', () => {
  const chinese = '报销须经财务审批,发票须在三十天内提交。';
  const latin = 'Der Geschäftsführer prüft die Spesen für März.';
  test.each([
    ['UTF-8', Buffer.from(chinese), chinese],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${chinese}`), chinese],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${chinese}`, 'utf16le'), chinese],
    ['UTF-16, big end first', Buffer.from(`\ufeff${chinese}`, 'utf16le').swap16(), chinese],
    ['UTF-16 without a mark', Buffer.from(latin, 'utf16le'), latin],
    [
      'GB18030',
      Buffer.from('b1a8cffad0ebbead b2c6ceF1c9f3c5fa2c'.replaceAll(' ', ''), 'hex'),
      '报销须经财务审批,',
    ],
    ['Big5', Buffer.from('b3f8be50b6b7b867b05db0c8bc66a7e5a143', 'hex'), '報銷須經財務審批。'],
    ['Windows-1252', Buffer.from(latin, 'latin1'), latin],
  ])('%s', async (_, bytes, text) => expect((await read(bytes, 'a.txt')).blocks[0]?.text).toBe(text));
});

describe('the name is a hint between kinds of text only', () => {
  test.each([
    ['page.txt', '<!DOCTYPE html><p>Hello', 'html'],
    ['snippet.html', '<p>Hello</p>', 'html'],
    ['notes.md', 'Just words.', 'markdown'],
    ['notes', '# Title\n\nWords.', 'markdown'],
    ['data.csv', 'Name\nAda', 'csv'],
    ['letter.docx', 'Dear Ada, this is only text.', 'text'],
    ['story.txt', 'One, two,\nthree, four,', 'text'],
    ['script.sh', '#!/bin/sh\n# run it\necho', 'text'],
  ])('%s', async (name, source, kind) => expect((await read(source, name)).kind).toBe(kind));

  test('a Word file stays one under any name', async () => {
    expect((await read(sample.docx(sample.wordParagraph('Hello')), 'photo.png')).kind).toBe('docx');
  });
});

describe('what can’t be read says what to do', () => {
  const whole = sample.docx(sample.wordParagraph('Hello'));
  const zeros = Buffer.alloc(100 * 1024 * 1024);
  const files: [what: string, bytes: () => Buffer | Promise<Buffer>, sentence: RegExp][] = [
    ['an empty file', () => Buffer.alloc(0), /is empty; check the original/],
    ['only white space', () => Buffer.from(' \n\t '), /holds no text; check/],
    [
      'a page of a web site without text',
      () => Buffer.from('<!doctype html><script>1</script>'),
      /holds no text; check/,
    ],
    ['a scan', () => sample.emptyPagesPdf(3), /run text recognition \(OCR\)/],
    ['10,000 pages', () => sample.emptyPagesPdf(10_000), /10,000 pages, and 2,000 is the most; split it/],
    ['a PDF under a password', () => sample.lockedPdf(), /password; save a copy without one/],
    [
      'half a PDF',
      async () => (await pdf([{ title: 'A', lines: ['b'] }])).subarray(0, 300),
      /damaged|no text/,
    ],
    ['a PDF of noise', () => Buffer.from(`%PDF-1.7\n${'\x01\x02\xff'.repeat(500)}`, 'latin1'), /damaged/],
    ['half a Word file', () => whole.subarray(0, whole.length / 2), /damaged/],
    ['a Word file of noise', () => sample.docx('<w:p><w:r>'), /damaged/],
    ['a locked entry', () => sample.docx('', { x: { content: 'x', encrypted: true } }), /password/],
    ['a bomb that says so', () => sample.docx('', { x: zeros }), /unpacks to far more/],
    ['a bomb that lies', () => sample.docx('', { x: { content: zeros, declaredBytes: 9 } }), /damaged/],
    [
      '2,001 entries',
      () => sample.zip(Object.fromEntries(Array.from({ length: 2_001 }, (_, i) => [`f${i}`, 'x']))),
      /unpacks to far more/,
    ],
    ['an archive', () => sample.zip({ 'a.docx': whole }), /archive; unpack it/],
    ['an archive of another kind', () => Buffer.from('1f8b0800000000000003ff', 'hex'), /archive; unpack it/],
    [
      'an OpenDocument file',
      () => sample.zip({ mimetype: 'application/vnd.oasis.opendocument.text' }),
      /OpenDocument file; save it as DOCX/,
    ],
    ['an e-book', () => sample.zip({ mimetype: 'application/epub+zip' }), /e-book \(EPUB\); save it as PDF/],
    ['an old Word file', () => sample.oldOffice('WordDocument'), /\(\.doc\); save it as DOCX/],
    ['an old Excel file', () => sample.oldOffice('Workbook'), /\(\.xls\); save it as XLSX/],
    ['an old PowerPoint file', () => sample.oldOffice('PowerPoint Document'), /\(\.ppt\); save it as PPTX/],
    ['an Office file under a password', () => sample.oldOffice('EncryptedPackage'), /password/],
    ['rich text', () => Buffer.from('{\\rtf1\\ansi Hello}'), /\(RTF\); save it as DOCX/],
    [
      'a picture',
      () => Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
      /picture/,
    ],
    [
      'a recording',
      () => Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\0', 'latin1'), Buffer.alloc(200, 0xff)]),
      /recording|no document/,
    ],
    [
      'a program',
      () => Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(500)]),
      /no document that can be read/,
    ],
  ];

  test.each(files)('%s', async (_, bytes, sentence) => {
    const told = await read(await bytes()).then(
      ({ blocks }) => `read: ${texts(blocks).join()}`,
      (error: Error) => error.message,
    );
    expect(told).toMatch(sentence);
  });

  test('too much text', async () => {
    const limits = { ...parserLimits, characters: 100 };
    const text = 'word '.repeat(30);
    await expect(read(text, 'a.txt', limits)).rejects.toThrow('more than 100 characters of text; split it');
    await expect(read(sample.docx(sample.wordParagraph(text)), 'a.docx', limits)).rejects.toThrow('split it');
  });
});

test('a file with some bytes changed is read, or refused with one sentence', async () => {
  const originals = [
    sample.docx(
      sample.wordParagraph('Safety', 1) +
        sample.wordTable([
          ['Name', 'Room'],
          ['Ada', '101'],
        ]),
    ),
    sample.xlsx({ Staff: { A1: 'Name', B1: 'Share', A2: 'Ada', B2: 0.5 } }),
    sample.pptx([{ title: 'Plan', body: ['First'], notes: 'Say hello.' }]),
    sample.unicodePdf(['报销须经财务审批', 'English']),
    Buffer.from('<html><table><tr><th>Name<td>x</table><pre>code</pre>'),
    Buffer.from('# A\n\n| a | b |\n|---|---|\n```\ncode'),
  ];
  const change = tuple(nat(), integer({ min: 0, max: 255 }));
  await assert(
    asyncProperty(
      constantFrom(...originals),
      array(change, { minLength: 1, maxLength: 8 }),
      nat(),
      async (original, changes, cut) => {
        const bytes = Buffer.from(original);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const whole = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
        const ended = await read(whole).catch((error: unknown) => error);
        if (ended instanceof Error)
          expect(ended).toMatchObject({
            code: 'unreadable-document',
            message: expect.stringMatching(/^[A-Z].*\.$/),
          });
      },
    ),
    { numRuns: 200 },
  );
});
