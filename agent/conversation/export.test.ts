import { describe, expect, test } from 'vitest';
import { exportSession, fileName } from './export.ts';

const entry = (n: number) => ({
  ...{
    n,
    kind: 'memory' as const,
    id: n,
    documentId: null,
    label: 'memory, 2026-03-02',
    text: `Entry ${n}.`,
  },
});

describe('an export', () => {
  const message = {
    ...{
      id: 1,
      parentId: null,
      from: 'person' as const,
      text: 'Where?',
      at: 0,
      outcome: 'complete' as const,
    },
    ...{
      citations: [],
      attachments: [{ documentId: 7, name: 'handbook.pdf' }],
      remembered: [],
      siblings: [1],
    },
  };
  const answer = {
    ...message,
    ...{
      id: 2,
      from: 'assistant' as const,
      text: 'There. [1]',
      outcome: 'aborted' as const,
      attachments: [],
    },
    citations: [{ ...entry(1), text: 'In\n# the cellar.' }],
  };
  const chat = {
    session: {
      id: 'ses_1',
      title: 'Boiler: / where?',
      pinned: false,
      archived: false,
      createdAt: 0,
      updatedAt: 0,
    },
    messages: [message, answer],
  };

  test('in Markdown reads as it was said, with its sources', () => {
    const { name, content } = exportSession(chat, 'markdown', 5);
    expect(name).toBe('Boiler where.md');
    expect(content).toBe(
      '# Boiler: / where?\n\n## You · 1970-01-01 00:00 UTC\n\nAttached: handbook.pdf\n\nWhere?\n\n' +
        '## Assistant · 1970-01-01 00:00 UTC\n\nThere. [1]\n\n*(stopped)*\n\n> [1] memory, 2026-03-02: In # the cellar.\n',
    );
  });

  test('in JSON is all that is known', () => {
    const { name, content } = exportSession(chat, 'json', 5);
    expect(name).toBe('Boiler where.json');
    expect(JSON.parse(content)).toEqual({ format: 'rockpool-session', version: 1, exportedAt: 5, ...chat });
  });

  test.each([
    ['../../etc/passwd', 'etc passwd'],
    ['', 'chat'],
    ['...', 'chat'],
    ['CON', 'chat CON'],
    ['季度报告', '季度报告'],
    ['a\u202Egpj.exe\0', 'a gpj.exe'],
  ])('named %j is the file %j', (title, name) => expect(fileName(title)).toBe(name));
});
