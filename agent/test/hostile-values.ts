/** What is hostile by itself, wherever it stands. One line a kind. */

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { properties: value };
  return value;
};

// biome-ignore format: a line a kind
/** Any of these may stand where a schema allows something else. */
export const hostileValues: readonly unknown[] = [
  null, true, false, 0, -1, -0, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53 + 2, -(2 ** 63),
  '', ' ', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '\ufeff', '\u202e', '你好', '👩‍👩‍👧'.repeat(500),
  'x'.repeat(100_000), '../../../etc/passwd', "' OR 1=1 --", '<script>alert(1)</script>', '{{7*7}}', '<|im_end|>',
  '__proto__', 'constructor', 'NaN', '1e999', 'true', '-1', '9'.repeat(400), 'data:;base64,AAAA', '\r\nx: y',
  [], {}, [[]], [null], { type: 'x' }, { type: null }, Array.from({ length: 5000 }, () => 0), nested(70), nested(2500),
  { constructor: { prototype: { admin: true } } }, { toString: 1, valueOf: 2, hasOwnProperty: 3 },
];

// biome-ignore format: a line a kind
/** Texts that are hostile before they are values. */
export const hostileTexts: readonly string[] = [
  '', ' ', 'null', 'true', '0', '""', '[]', '{}', 'NaN', 'undefined', '{', '}', '[', '"', '{"', '{"a":', "{'a':1}",
  '{"__proto__":{"admin":true}}', '{"a":{"__proto__":1}}', '{"constructor":{"prototype":{"a":1}}}', '{"a":1e999}',
  '{"a":1,"a":2}', '{"a":1}{"b":2}', '[1,]', '{"a":"\\ud800"}', '{"a":"\u0000"}', '\ufeff{}', '/*x*/{}', '1'.repeat(5000),
  '['.repeat(100_000), '{"a":'.repeat(50_000), '['.repeat(50_000) + ']'.repeat(50_000), '"'.repeat(9_999),
];

// biome-ignore format: a line a kind
export const hostileContentTypes: readonly string[] = [
  'application/json; charset=utf-8', 'application/json; charset=utf-16', 'application/json;', 'application/JSON', 'json',
  'text/plain', 'text/html', 'application/xml', 'application/x-www-form-urlencoded', 'application/problem+json',
  'multipart/form-data', 'multipart/form-data; boundary=x', 'application/octet-stream', '*/*', `x/${'y'.repeat(2000)}`,
];

// biome-ignore format: a line a kind
/** One step of a path, or the value in a query. */
export const hostileSegments: readonly string[] = [
  '0', '1', '-1', '1.5', '1e9', '99999999999999999999', 'NaN', 'null', '__proto__', 'constructor', "'--", '*', '~',
  '%00', '%ff', '%', '%zz', '%20', '%2e%2e', '..', '..%2f..%2fetc%2fpasswd', '%F0%9F%98%80', '%ED%A0%80',
  'a'.repeat(255), 'a'.repeat(5000),
];

/** Text in encodings that are not UTF-8, or not quite. */
export const wrongEncodings: readonly ((text: string) => Buffer)[] = [
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
  (text) => Buffer.from(text.replaceAll('a', 'ä'), 'latin1'),
  (text) => Buffer.concat([Buffer.from(text.slice(0, -1)), invalidUtf8, Buffer.from('"}')]),
  (text) => Buffer.from(text.replaceAll('"', '"\u0000')),
  (text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
];

/** A byte that never occurs, an overlong NUL, a surrogate. */
const invalidUtf8 = Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]);
