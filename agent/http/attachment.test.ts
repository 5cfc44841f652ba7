import { expect, test } from 'vitest';
import { attachment } from './attachment.ts';

test.each([
  ['minutes.pdf', `attachment; filename="minutes.pdf"; filename*=UTF-8''minutes.pdf`],
  ['会议.pdf', `attachment; filename="__.pdf"; filename*=UTF-8''%E4%BC%9A%E8%AE%AE.pdf`],
  [`it's (1)*.txt`, `attachment; filename="it's (1)*.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
  [
    'a"; x="b\\%41\r\nX: y',
    `attachment; filename="a_; x=_b__41__X: y"; filename*=UTF-8''a%22%3B%20x%3D%22b%5C%2541%0D%0AX%3A%20y`,
  ],
  ['half \ud83d', `attachment; filename="half _"; filename*=UTF-8''half%20%EF%BF%BD`],
])('a name of any characters is one header and nothing more: %j', (name, header) => {
  expect(attachment(name)).toBe(header);
});
