/** What the running listener really speaks: asked by connecting to it, once for each version of TLS. */

import type { X509Certificate } from 'node:crypto';
import { type ConnectionOptions, connect, type SecureVersion, type TLSSocket } from 'node:tls';
import type { PostureFinding } from '@rockpool/protocol/posture';
import { bad, good, warning } from './finding.ts';

export interface ListenerPlace {
  host: string;
  port: number;
  /** The name to ask for, as a browser would. */
  servername: string;
  /** PEM; left out, what browsers trust anyway. */
  ca?: string | undefined;
  timeoutMs?: number;
}

/** `refused`: the listener itself said no to this version. `unclear`: it could not be asked, and why. */
export type Spoken = { version: SecureVersion; answer: 'spoken' | 'refused' | 'unclear'; says: string };

export interface ListenerSeen {
  spoken: Spoken[];
  /** What it shows, leaf first in DER; undefined when nothing answered. */
  certificate: X509Certificate | undefined;
  /** Undefined when a browser would trust it under this name. */
  distrust: string | undefined;
}

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const satisfies readonly SecureVersion[];

export async function askListener(place: ListenerPlace): Promise<ListenerSeen> {
  const spoken: Spoken[] = [];
  let certificate: X509Certificate | undefined;
  let distrust: string | undefined;
  // One after the other: the agent itself answers these, among people's.
  for (const version of versions) {
    const answer = await askVersion(place, version);
    spoken.push(answer.spoken);
    if (version !== 'TLSv1.3' || !answer.socket) continue;
    ({ certificate, distrust } = answer.socket);
  }
  return { spoken, certificate, distrust };
}

type Told = {
  spoken: Spoken;
  socket?: { certificate: X509Certificate | undefined; distrust: string | undefined };
};

async function askVersion(place: ListenerPlace, version: SecureVersion): Promise<Told> {
  const answered = (answer: Spoken['answer'], says: string): { spoken: Spoken } => ({
    spoken: { version, answer, says },
  });
  try {
    const socket = await shakeHands(place, version);
    const told = socket.getPeerX509Certificate();
    const distrust = socket.authorized ? undefined : String(socket.authorizationError);
    const spoken = answered('spoken', socket.getProtocol() ?? version);
    socket.destroy();
    return { ...spoken, socket: { certificate: told, distrust } };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return answered(isRefusal(code) ? 'refused' : 'unclear', code);
  }
}

/** The alert that says so. A listener that hangs up in any other way has told us nothing. */
const isRefusal = (code: string): boolean => code === 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION';

function shakeHands(
  { host, port, servername, ca, timeoutMs = 5_000 }: ListenerPlace,
  version: SecureVersion,
): Promise<TLSSocket> {
  const options: ConnectionOptions = {
    ...{ host, port, minVersion: version, maxVersion: version },
    // An address is no name that may be asked for (RFC 6066 §3).
    ...(/^[\d.]+$|:/.test(servername) ? {} : { servername }),
    ...(ca === undefined ? {} : { ca }),
    ALPNProtocols: ['http/1.1'],
    // Whoever tests for old versions has to be able to speak them.
    ...(version === 'TLSv1.3' ? {} : { ciphers: 'ALL:@SECLEVEL=0' }),
    // What is asked is what it would be trusted for, so an untrusted one is to be seen too.
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    const late = setTimeout(() => socket.destroy(new Error('no answer in time')), timeoutMs);
    socket.once('secureConnect', () => {
      clearTimeout(late);
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(late);
      socket.destroy();
      reject(error);
    });
  });
}

/** Renegotiation needs no question of its own: TLS 1.3 has none (RFC 8446 §4.1.2), and nothing older is spoken. */
export function judgeListener({ spoken }: Pick<ListenerSeen, 'spoken'>): PostureFinding {
  const code = 'tls-listening';
  const cure = 'restart the agent; if it stays, another program holds port 443: see `ss -ltnp`';
  const [newest, ...older] = [...spoken].reverse();
  if (newest?.answer !== 'spoken') {
    return bad(code, `nobody answers with TLS 1.3 (${newest?.says ?? 'not asked'}).`, cure);
  }
  const old = older.filter(({ answer }) => answer === 'spoken').map(({ version }) => version);
  if (old.length > 0) return bad(code, `the listener still speaks ${old.join(', ')}.`, cure);
  const unclear = older.filter(({ answer }) => answer === 'unclear');
  if (unclear.length > 0) {
    const what = unclear.map(({ version, says }) => `${version}: ${says}`).join('; ');
    return warning(code, `TLS 1.3 is spoken; of older versions it could not be learned (${what}).`, cure);
  }
  return good(code, 'TLS 1.3 is spoken and everything older refused.');
}
