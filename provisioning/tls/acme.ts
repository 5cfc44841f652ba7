/** Driver for acme-client: a certificate that browsers know already, for a name of the customer's own domain (RFC 8555). */
import { Agent, get } from 'node:https';
import { createKeyPairP256, type KeyPair, keyToPem, makeCsr } from '@rockpool/signing/x509';
import acme from 'acme-client';
import type { Credentials } from '../identity/credentials.ts';
import { splitPem } from '../identity/pairs.ts';
import type { Challenges } from './http-challenges.ts';
import { TlsRefused } from './refused.ts';

export interface AcmeAccount {
  directory: string;
  email?: string;
  /** PEM of the root of an authority inside the customer's network; without it the public ones count. */
  root?: string;
}

/** How an answer is shown: at port 80, or in the zone. */
type ChallengeOf = { authz: { identifier: { value: string } }; type: string; token: string; answer: string };

/**
 * @returns the chain, leaf first
 * @throws TlsRefused
 */
export async function certifyByAcme(
  { credentials, challenges }: { credentials: Credentials; challenges: Challenges },
  { account, keys, names }: { account: AcmeAccount; keys: KeyPair; names: readonly string[] },
  signal: AbortSignal,
): Promise<string[]> {
  const [cn = ''] = names;
  const agent = new Agent({ minVersion: 'TLSv1.2', ...(account.root ? { ca: account.root } : {}) });
  await demandReachable(account.directory, agent, signal);
  const client = new acme.Client({
    directoryUrl: account.directory,
    accountKey: await ensureAccountKey(credentials),
    backoffAttempts: 15,
    backoffMin: 2_000,
    backoffMax: 15_000,
  });
  // The library has one HTTP client for all; nobody else in this process uses it.
  acme.axios.defaults.httpsAgent = agent;
  acme.axios.defaults.timeout = 30_000;
  acme.axios.defaults.signal = signal;
  const asked = ({ authz, type, token, answer }: ChallengeOf) => {
    if (type !== challenges.type) {
      throw new TlsRefused(
        'acme-refused',
        `it does not offer ${challenges.type} for ${authz.identifier.value}`,
      );
    }
    return { name: authz.identifier.value, token, answer };
  };
  try {
    const chain = await client.auto({
      csr: await makeCsr(keys, { cn, dns: names }),
      ...(account.email ? { email: account.email } : {}),
      termsOfServiceAgreed: true,
      challengePriority: [challenges.type],
      // Asking oneself proves nothing: in a branch, the way in from outside is another one than from inside.
      skipChallengeVerification: true,
      challengeCreateFn: (authz, { type, token }, answer) =>
        challenges.show(asked({ authz, type, token, answer }), signal),
      challengeRemoveFn: (authz, { type, token }, answer) =>
        challenges.hide(asked({ authz, type, token, answer }), signal),
    });
    return splitPem(chain);
  } catch (cause) {
    signal.throwIfAborted();
    throw cause instanceof TlsRefused ? cause : refusalOf(cause);
  }
}

async function ensureAccountKey(credentials: Credentials): Promise<string> {
  const kept = await credentials.load('acme-account-key');
  if (kept) return Buffer.from(kept).toString('utf8');
  const pem = keyToPem(createKeyPairP256().privateKey);
  await credentials.save('acme-account-key', Buffer.from(pem));
  return pem;
}

/**
 * Asked before the library does: it tries a line that is down for 75 seconds, and then fails over its own retries.
 * @throws TlsRefused `acme-unreachable`
 */
function demandReachable(directory: string, agent: Agent, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(20_000)]);
  return new Promise((resolve, reject) => {
    get(directory, { agent, signal: late }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new TlsRefused('acme-unreachable', `its directory answers ${response.statusCode}`));
    }).on('error', (cause) => {
      reject(signal.aborted ? cause : new TlsRefused('acme-unreachable', cause.message, { cause }));
    });
  });
}

/** The library throws whatever it met: a line that went down shows as a fault of its own code. */
function refusalOf(cause: unknown): TlsRefused {
  const said = cause instanceof Error ? cause.message : String(cause);
  const isLine = cause instanceof TypeError || (cause instanceof Error && 'isAxiosError' in cause);
  return new TlsRefused(isLine ? 'acme-unreachable' : 'acme-refused', said, { cause });
}
