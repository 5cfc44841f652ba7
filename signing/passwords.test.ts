import { expect, test } from 'vitest';
import { createPasswords, currentCost } from './passwords.ts';

const quick = createPasswords({ memoryKiB: 8, passes: 1 });

test('a password matches its own hash, and no other does', async () => {
  const stored = await quick.hash('correct horse 电池');
  expect(await quick.isRight('correct horse 电池', stored)).toBe(true);
  expect(await quick.isRight('correct horse 电', stored)).toBe(false);
  expect(await quick.hash('correct horse 电池')).not.toBe(stored);
});

test('a hash costs at least what OWASP asks of argon2id, and says so in PHC form', async () => {
  expect(currentCost.memoryKiB).toBeGreaterThanOrEqual(19 * 1024);
  expect(currentCost.passes).toBeGreaterThanOrEqual(2);
  const stored = await createPasswords().hash('a password');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=32768,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
});

test('the hash is the one of the argon2 reference implementation', async () => {
  // echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32
  const reference = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  expect(await quick.isRight('password', reference)).toBe(true);
});

test('the same characters are the same password, however a keyboard wrote them', async () => {
  const stored = await quick.hash('ｃａｆé 2026!');
  expect(await quick.isRight('cafe\u0301 2026!', stored)).toBe(true);
});

test('what was made at a lower cost is known as cheap', async () => {
  const stored = await quick.hash('a password');
  expect(quick.isCheap(stored)).toBe(false);
  expect(createPasswords({ memoryKiB: 16, passes: 1 }).isCheap(stored)).toBe(true);
  expect(createPasswords({ memoryKiB: 8, passes: 2 }).isCheap(stored)).toBe(true);
});

test('nothing is the password of the decoy, and it costs the same', async () => {
  expect(await quick.isRight('', quick.decoy())).toBe(false);
  expect(quick.isCheap(quick.decoy())).toBe(false);
});
