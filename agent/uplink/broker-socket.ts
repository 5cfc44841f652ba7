/** A TLS connection to the fleet's broker: TLS 1.3, our certificate shown, and the fleet's own root behind theirs. */
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { verifyChain } from '@rockpool/signing/x509-chain';

export interface BrokerAddress {
  host: string;
  port: number;
}

export interface BrokerTls {
  key: string;
  chain: string;
  root: string;
  /** False where this device's clock can't judge a certificate's dates. */
  clockIsRight: boolean;
}

/** @param url `mqtts://host[:port]` */
export function brokerAddress(url: string): BrokerAddress {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 8883) };
}

/** @throws Error that says why there is none */
export function openBrokerSocket(
  { host, port }: BrokerAddress,
  { key, chain, root, clockIsRight }: BrokerTls,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({
      ...{ host, port, key, cert: chain, ca: root },
      ...(isIP(host) ? {} : { servername: host }),
      minVersion: 'TLSv1.3',
      // Judged below: a device whose clock is wrong has to be heard too, so that somebody learns that it is.
      rejectUnauthorized: false,
    });
    const stop = (): void => void socket.destroy(reasonOf(signal));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('close', () => {
      signal.removeEventListener('abort', stop);
      reject(new Error(`${host}:${port} closed the connection`));
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const fault = faultOf(socket, host, root, clockIsRight);
      if (fault) {
        socket.destroy();
        reject(new Error(fault));
        return;
      }
      // From here on it is its user's; the time that it had to come about is over.
      signal.removeEventListener('abort', stop);
      socket.off('error', reject);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('given up');

const dates: ReadonlySet<string> = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']);

/**
 * What is wrong with whom we speak to. With a clock that nobody keeps, dates are not looked at and all else is: whoever
 * has the key of a certificate that ended can keep our words from the controller, and neither forge nor read one.
 */
function faultOf(socket: TLSSocket, host: string, root: string, clockIsRight: boolean): string | undefined {
  if (socket.authorized) return undefined;
  // The types say Error; what is there is a code, or an error with one.
  const problem = socket.authorizationError as unknown as string | (Error & { code?: string }) | undefined;
  const code = typeof problem === 'object' ? (problem.code ?? problem.message) : String(problem);
  const leaf = socket.getPeerX509Certificate();
  if (!leaf || clockIsRight || !dates.has(code))
    return `the broker's certificate is not accepted: ${typeof problem === 'object' ? problem.message : code}`;
  const at = new Date(leaf.validFromDate.getTime() + 1_000);
  return verifyChain([leaf.toString()], root, { at, dns: host, usage: 'server' })?.says;
}
