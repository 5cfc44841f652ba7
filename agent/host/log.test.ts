import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function record(options: { pretty?: boolean } = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    pretty: false,
    ...options,
    destination: { write: (line: string) => lines.push(line) },
  });
  return { log, lines };
}

test('what people said and what they sign in with never reaches the log, however deep it stands', () => {
  const { log, lines } = record();
  log.info(
    { prompt: 'alarm 4471', request: { body: { text: 'alarm 4471', password: 'alarm 4471' } } },
    'turn',
  );
  log.info({ messages: [{ role: 'user', content: 'alarm 4471' }] }, 'turn');
  log.info({ a: { b: { c: { d: { e: { Authorization: 'Bearer 4471', 'x-api-key': '4471' } } } } } }, 'deep');
  log.child({ cookie: 'rockpool=4471' }).warn({ headers: [{ cookie: '4471' }] }, 'child');
  log.info({ text: '报警密码是 4471' }, 'chinese');
  expect(lines.join('')).not.toContain('4471');
  expect(lines).toHaveLength(5);
});

test('a request is logged by its path, without the words that were searched for', () => {
  const { log, lines } = record();
  log.info(
    {
      req: {
        id: 'r1',
        method: 'GET',
        url: '/api/search?q=salary%204471',
        headers: { cookie: '4471' },
        ip: '127.0.0.1',
      },
    },
    'request',
  );
  expect(JSON.parse(lines[0]!)).toMatchObject({
    req: { id: 'r1', method: 'GET', path: '/api/search', from: '127.0.0.1' },
  });
  expect(lines[0]).not.toContain('4471');
});

test('an error is logged with its causes and its code, without what callers hung on it', () => {
  const { log, lines } = record();
  const cause = Object.assign(new Error('disk gone'), { code: 'EIO', prompt: '4471' });
  log.error({ err: new Error('could not save', { cause }) }, 'request failed');
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'error',
    msg: 'request failed',
    err: { message: 'could not save', cause: { message: 'disk gone', code: 'EIO' } },
  });
  expect(lines[0]).not.toContain('4471');
});

test('on a terminal a line is a sentence with its fields behind it', () => {
  const { log, lines } = record({ pretty: true });
  log.warn({ requestId: 'r1', waiting: 3 }, 'the queue is long');
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d .*warn.* the queue is long requestId=r1 waiting=3\n$/);
});
