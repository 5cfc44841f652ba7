/** The fleet controller, as a device asks it: TLS 1.3, and not a byte before its key is the right one. */
import { request } from 'node:https';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import {
  Enrolled,
  EnrolRefused,
  type EnrolRequest,
  Escrowed,
  type EscrowRequest,
  NonceAnswer,
  type RenewRequest,
} from '@rockpool/protocol/enrolment';
import { spkiPin } from '@rockpool/signing/x509-chain';
import type { z } from 'zod';
import { EnrolmentRefused } from './refused.ts';

/** How a device knows its controller again. */
export interface ControllerTrust {
  url: string;
  /** Of its key, from the claim. */
  pin: string;
  /** The fleet's root, once enrolled: the controller may have a new key that this one signed for its name. */
  fleetCa?: string;
}

export interface Nonce {
  nonce: string;
  /** The controller's clock, when it said. */
  at: Date | null;
}

/** Every call throws EnrolmentRefused when the answer is no, isn't understood, or doesn't come. */
export interface Controller {
  nonce(signal?: AbortSignal): Promise<Nonce>;
  enrol(body: EnrolRequest, signal?: AbortSignal): Promise<Enrolled>;
  renew(body: RenewRequest, signal?: AbortSignal): Promise<Enrolled>;
  escrow(body: EscrowRequest, signal?: AbortSignal): Promise<Escrowed>;
}

const timeoutMs = 20_000;
/** A header of 16 MiB over a branch's slow line. */
const escrowTimeoutMs = 300_000;
/** Four chains of four certificates and eight keys are far below. */
const answerLimitBytes = 256 * 1024;

export function openController(trust: ControllerTrust): Controller {
  const ask = async <T>(
    path: string,
    body: object,
    schema: z.ZodType<T>,
    signal?: AbortSignal,
    limitMs = timeoutMs,
  ): Promise<{ answer: T; at: Date | null }> => {
    const late = AbortSignal.timeout(limitMs);
    const reply = await post(trust, path, body, signal ? AbortSignal.any([signal, late]) : late).catch(
      (cause: unknown) => {
        if (cause instanceof EnrolmentRefused) throw cause;
        signal?.throwIfAborted();
        throw new EnrolmentRefused('unreachable', late.aborted ? 'it did not answer in time' : said(cause), {
          cause,
        });
      },
    );
    return { answer: understood(reply, schema), at: reply.at };
  };
  return {
    nonce: async (signal) => {
      const { answer, at } = await ask('/v1/nonce', {}, NonceAnswer, signal);
      return { nonce: answer.nonce, at };
    },
    enrol: async (body, signal) => (await ask('/v1/enrol', body, Enrolled, signal)).answer,
    renew: async (body, signal) => (await ask('/v1/renew', body, Enrolled, signal)).answer,
    escrow: async (body, signal) => (await ask('/v1/escrow', body, Escrowed, signal, escrowTimeoutMs)).answer,
  };
}

interface Reply {
  status: number;
  text: string;
  at: Date | null;
  retryAfterS: number | undefined;
}

async function post(trust: ControllerTrust, path: string, body: object, signal: AbortSignal): Promise<Reply> {
  const socket = await openPinned(trust, signal);
  try {
    return await exchange(socket, new URL(path, trust.url), JSON.stringify(body), signal);
  } finally {
    socket.destroy();
  }
}

/**
 * A connection over which a request may be sent. The library's own judgement of the certificate is asked for, not
 * enforced: by the pin a controller is known before this device has any root or any clock.
 * @throws EnrolmentRefused `wrong-controller` before anything was written to it
 */
function openPinned({ url, pin, fleetCa }: ControllerTrust, signal: AbortSignal): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isIP(host) ? {} : { servername: host }),
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.3',
      rejectUnauthorized: false,
      // Only the fleet's root counts, never the hundred that the system knows.
      ca: fleetCa ?? [],
    });
    const stop = (): void => void socket.destroy(new Error('given up'));
    signal.addEventListener('abort', stop, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', stop));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      const shown = socket.getPeerX509Certificate();
      const shownPin = shown ? spkiPin(shown.publicKey) : 'none';
      if (shownPin === pin || (fleetCa !== undefined && socket.authorized)) return resolve(socket);
      socket.destroy();
      reject(new EnrolmentRefused('wrong-controller', `its key is ${shownPin}`));
    });
  });
}

function exchange(socket: TLSSocket, url: URL, body: string, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method: 'POST',
        // No `agent`, not even false: it would open a connection of its own, to whoever answers.
        createConnection: () => socket,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          connection: 'close',
        },
      },
      (response) => {
        const pieces: Buffer[] = [];
        let bytes = 0;
        response.on('data', (piece: Buffer) => {
          bytes += piece.length;
          pieces.push(piece);
          if (bytes > answerLimitBytes) {
            asked.destroy(new EnrolmentRefused('answer-not-acceptable', 'it is too long'));
          }
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(pieces).toString('utf8'),
            at: dateOf(response.headers.date),
            retryAfterS: secondsOf(response.headers['retry-after']),
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

function understood<T>(reply: Reply, schema: z.ZodType<T>): T {
  const json = jsonOf(reply.text);
  if (reply.status === 200) {
    const answer = schema.safeParse(json);
    if (answer.success) return answer.data;
    throw new EnrolmentRefused('answer-not-acceptable', firstIssue(answer.error), { cause: answer.error });
  }
  const refused = EnrolRefused.safeParse(json);
  if (!refused.success) {
    // A proxy's page, or another program on this port that happens to have the key: never guessed at.
    throw new EnrolmentRefused('answer-not-acceptable', `status ${reply.status} without a reason`);
  }
  const { code, message } = refused.data.error;
  throw new EnrolmentRefused(code, message, {
    ...(reply.retryAfterS === undefined ? {} : { retryAfterS: reply.retryAfterS }),
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no schema takes it; the refusal that follows says so
  }
}

const firstIssue = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)[0] ?? 'not understood';

const dateOf = (header: string | undefined): Date | null => {
  const at = new Date(header ?? '');
  return Number.isNaN(at.getTime()) ? null : at;
};

const secondsOf = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;

const said = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
