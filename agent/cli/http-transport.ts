/** Requests to the agent that runs on this machine, over its own door. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Answer, Ask, Transport } from './api.ts';

export function httpTransport(address: string, credential: string): Transport {
  const base = new URL(address);
  return {
    send: ({ method, path, headers, body, signal }) =>
      new Promise<Answer>((resolve, reject) => {
        const options: RequestOptions & { rejectUnauthorized?: boolean } = {
          ...{ method, path, host: hereOf(base.hostname), port: base.port },
          headers: { ...headers, host: base.host, authorization: `Bearer ${credential}` },
          ...(signal ? { signal } : {}),
          // The certificate names the device, not this machine's loopback; the credential proves which agent it is for.
          ...(base.protocol === 'https:' ? { rejectUnauthorized: false } : {}),
        };
        const request = (base.protocol === 'https:' ? httpsRequest : httpRequest)(
          options,
          (response: IncomingMessage) => resolve({ status: response.statusCode ?? 500, body: response }),
        );
        request.on('error', (cause) => reject(signal?.aborted ? signal.reason : unreachable(address, cause)));
        sendBody(request, body).catch(reject);
      }),
    close: async () => undefined,
  };
}

/** The agent may answer before it has read everything: then the answer counts, not the broken upload. */
async function sendBody(request: ReturnType<typeof httpRequest>, body: Ask['body']): Promise<void> {
  if (body === undefined || typeof body === 'string') {
    request.end(body);
    return;
  }
  await pipeline(body, request).catch((error: unknown) => {
    if (!request.destroyed) throw error;
  });
}

/** A name may lead anywhere, so loopback is asked instead: the credential never leaves this machine. */
function hereOf(host: string): string {
  const address = host.replace(/^\[|\]$/g, '');
  return isIP(address) && address !== '0.0.0.0' && address !== '::' ? address : '127.0.0.1';
}

const unreachable = (address: string, cause: unknown): Refusal =>
  new Refusal('busy', `The agent at ${address} can't be reached; see 'npx rockpool doctor'.`, { cause });
