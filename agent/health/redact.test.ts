import { expect, test } from 'vitest';
import { redactLine, redactText } from './redact.ts';

test.each([
  'setup code 7KQM-2XWR',
  'https://leeds.local/join/4f8aB2c9Dd',
  'rp-0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3A4B5C',
  'claim RP-0AB1C-D2EF3-GH4J5-KMNPQ',
  'key cbdefghi-jklnrtuv-ccddeeff-gghhiijj-kkllnnrr-ttuuvvcb-dcebfdge-hfigjhki',
  'mail ada@office.example',
  'from 192.168.1.20 and fe80::1:2:3:4',
  '$argon2id$v=19$m=32768,t=2,p=1$c2FsdA$aGFzaA and scrypt$16$8$1$AAAA$BBBB',
  '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----',
  `Unexpected token 'h', "hello wor"... is not valid JSON`,
])('of «%s» the secret is kept out', (line) => {
  const left = redactText(line);
  expect(left).toContain('[kept out]');
  for (const secret of [
    '7KQM',
    '4f8aB2',
    'rp-0aB',
    'RP-0AB',
    'cbdefghi',
    'ada@',
    '192.168',
    'fe80',
    'argon2id',
    'MIGH',
    'hello wor',
    'AAAA',
  ])
    expect(left).not.toContain(secret);
});

test('what helps is left: sentences, numbers, versions, file names', () => {
  for (const line of [
    'the posture holds',
    'Node v26.10.0 on Linux 6.8.12',
    '/opt/rockpool/current/agent/main.ts:12:3',
    'took 1234567 ms for 12 answers',
  ])
    expect(redactText(line)).toBe(line);
});

test('of a line of the agent only fields are left that somebody thought of, and of an error where it was thrown', () => {
  const line = {
    ...{ level: 'error', time: '2026-11-22T12:00:00.000Z', msg: 'request failed', draft: 'Dear Halvorsen' },
    err: {
      type: 'TypeError',
      message: 'could not place Dear Halvorsen',
      stack: 'TypeError: Dear Halvorsen\n    at turn (agent/turn.ts:3:1)',
      cause: { message: 'Halvorsen', code: 'X' },
    },
  };
  expect(JSON.parse(redactLine(JSON.stringify(line)))).toEqual({
    ...{ level: 'error', time: '2026-11-22T12:00:00.000Z', msg: 'request failed' },
    err: { type: 'TypeError', stack: 'at turn (agent/turn.ts:3:1)', cause: { code: 'X' } },
  });
  expect(redactLine('{"level":"error","msg":"cut off 7KQM-2XWR')).toContain('[kept out]');
});
