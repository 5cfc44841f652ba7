/** The key that signs updates of a DNS zone (RFC 8945), in the form that `tsig-keygen` writes and name servers read. */
import { TlsRefused } from './refused.ts';

export interface TsigKey {
  name: string;
  algorithm: 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';
  /** Base64. */
  secret: string;
}

/** MD5 and SHA-1, which name servers still take, are not offered. */
const form =
  /^\s*key\s+"?([A-Za-z0-9._-]{1,200})"?\s*\{\s*algorithm\s+"?(hmac-sha(?:256|384|512))"?\s*;\s*secret\s+"([A-Za-z0-9+/]{20,200}={0,2})"\s*;\s*\}\s*;?\s*$/i;

/** @throws TlsRefused `tsig-unreadable`; its text never holds the key */
export function parseTsigKey(text: string): TsigKey {
  const [, name, algorithm, secret] = form.exec(text) ?? [];
  if (!name || !algorithm || !secret) throw new TlsRefused('tsig-unreadable');
  return { name, algorithm: algorithm.toLowerCase() as TsigKey['algorithm'], secret };
}
