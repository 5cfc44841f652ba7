/** What nobody should take: bytes that only look like a message, and messages that were signed all the same. */
import { deflateRawSync } from 'node:zlib';
import { reportDomains } from '@rockpool/protocol/fleet/report';
import { frame } from '@rockpool/signing/frame';
import type { Identity } from '@rockpool/signing/identity';
import type { Speaker } from './devices.fixture.ts';
import type { PoisonReason } from './open.ts';

export interface Bad {
  what: string;
  reason: PoisonReason;
  bytes: Uint8Array;
  topic?: string;
}

export function poison(speaker: Speaker, stranger: Identity): Bad[] {
  const { identity, name, epoch } = speaker;
  const good = speaker.report(1, { kind: 'event', what: 'agent-started' }).bytes;
  const text = Buffer.from(good.subarray(66)).toString();
  /** Signed by the device over these very bytes, whatever they are. */
  const signed = (payload: string | Uint8Array, encoding = 0): Uint8Array => {
    const bytes = Buffer.from(payload);
    const domain = encoding === 1 ? reportDomains.deflated : reportDomains.plain;
    const signature = Buffer.from(identity.signBytes(domain, bytes), 'base64');
    return Buffer.concat([Uint8Array.of(1, encoding), signature, bytes]);
  };
  const changed = (at: number): Uint8Array => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const withSeq = (seq: string): string => text.replace('"seq":1', `"seq":${seq}`);
  const value = JSON.parse(text) as object;
  return [
    { what: 'nothing', reason: 'signature', bytes: Buffer.alloc(0) },
    { what: 'text', reason: 'signature', bytes: Buffer.from('{"v":1}') },
    { what: 'a changed byte', reason: 'signature', bytes: changed(100) },
    { what: 'a changed signature', reason: 'signature', bytes: changed(10) },
    { what: 'another version of the frame', reason: 'signature', bytes: changed(0) },
    { what: 'an unknown encoding', reason: 'signature', bytes: changed(1) },
    { what: 'signed by a stranger', reason: 'signature', bytes: frame(stranger, reportDomains.plain, value) },
    {
      what: 'signed for another purpose',
      reason: 'signature',
      bytes: frame(identity, 'rockpool/ack/v1', value),
    },
    { what: '10 MB of brackets', reason: 'too-large', bytes: Buffer.alloc(10_000_000, '[') },
    { what: '60 KB of brackets', reason: 'malformed', bytes: signed('['.repeat(60_000)) },
    { what: 'deep arrays', reason: 'malformed', bytes: signed(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) },
    {
      what: 'a zip bomb',
      reason: 'malformed',
      bytes: signed(deflateRawSync(Buffer.alloc(30_000_000)), 1),
      topic: `f/v1/${name}/up/batch`,
    },
    { what: 'what does not inflate', reason: 'malformed', bytes: signed('no deflate', 1) },
    { what: 'invalid UTF-8', reason: 'malformed', bytes: signed(Buffer.from([0x22, 0xc3, 0x28, 0x22])) },
    { what: '1e400', reason: 'malformed', bytes: signed(withSeq('1e400')) },
    { what: 'a fraction', reason: 'malformed', bytes: signed(withSeq('1.5')) },
    { what: 'NaN', reason: 'malformed', bytes: signed(withSeq('NaN')) },
    { what: 'a key twice', reason: 'malformed', bytes: signed(withSeq('1,"seq":2')) },
    { what: 'spaces', reason: 'malformed', bytes: signed(JSON.stringify(value, null, 1)) },
    {
      what: '__proto__',
      reason: 'schema',
      bytes: signed(`{"__proto__":{"polluted":1},${text.slice(1)}`),
    },
    { what: 'a negative number', reason: 'schema', bytes: signed(withSeq('-1')) },
    { what: 'another version', reason: 'unknown-version', bytes: signed(text.replace('"v":1}', '"v":2}')) },
    { what: 'about another device', reason: 'not-own', bytes: signed(text.replace('"leeds"', '"york"')) },
    { what: 'a list', reason: 'schema', bytes: signed('[]') },
    {
      what: 'a batch that goes back',
      reason: 'schema',
      bytes: speaker.batch([3, 2]).bytes,
      topic: `f/v1/${name}/up/batch`,
    },
    {
      what: 'a batch of nothing',
      reason: 'schema',
      bytes: frame(identity, reportDomains.plain, { v: 1, dev: name, epoch, reports: [] }),
      topic: `f/v1/${name}/up/batch`,
    },
    {
      what: 'a state without a connection',
      reason: 'schema',
      bytes: frame(identity, reportDomains.plain, { v: 1, dev: name, epoch, state: 'online' }),
      topic: `f/v1/${name}/up/state`,
    },
  ];
}
