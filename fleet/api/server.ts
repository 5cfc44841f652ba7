/** The door of the controller: TLS 1.3, four requests that devices make, each with its own reasons to say no; and releases. */
import type { Server } from 'node:https';
import {
  type Enrolled,
  EnrolRequest,
  Escrowed,
  EscrowRequest,
  NonceAnswer,
  RenewRequest,
} from '@rockpool/protocol/enrolment';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Enrolment } from '../enrolment/enrolment.ts';
import type { Nonces } from '../enrolment/nonces.ts';
import { EnrolRefusal } from '../enrolment/refusal.ts';
import type { Throttle } from '../enrolment/throttle.ts';
import type { Clock } from '../host/clock.ts';
import { acceptJson, bodyLimitBytes, escrowLimitBytes } from './bodies.ts';
import { parseBody, tell, toRefusal } from './errors.ts';
import { addReleaseFiles, isReleaseFile } from './release-files.ts';

export interface ApiParts {
  tls: Tls;
  clock: Clock;
  enrolment: Enrolment;
  nonces: Nonces;
  throttle: Throttle;
  logger: FastifyBaseLogger;
  /** What devices may install; left out, it isn't served here. */
  releasesFolder?: string | undefined;
}

export interface Tls {
  key: string;
  cert: string;
}

export interface Api {
  app: App;
  /** For the next connections. */
  setTls(tls: Tls): void;
}
type App = FastifyInstance<Server>;

/** TLS 1.3 alone: it has no renegotiation, no compression and no weak suite to switch off. */
export const tlsOptions = ({ key, cert }: Tls) => ({ key, cert, minVersion: 'TLSv1.3' }) as const;

/** A device sends little; who sends slowly holds a connection that another could use. */
const requestTimeoutMs = 60_000;
/** Each holds up to 25 MB twice while it is parsed. */
const escrowsAtOnce = 2;
/** Reasons that somebody who guesses would meet. */
const isGuess = ({ code }: EnrolRefusal): boolean =>
  /^(?:claim-|proof-wrong|device-unknown|name-taken|bad-request|too-large)/.test(code);

export function createApi({
  tls,
  clock,
  enrolment,
  nonces,
  throttle,
  logger,
  releasesFolder,
}: ApiParts): Api {
  const app = Fastify({
    https: tlsOptions(tls),
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs * 5,
    // Of a proxy's headers none is believed: addresses are those of connections.
    trustProxy: false,
    loggerInstance: logger,
    forceCloseConnections: true,
  });
  acceptJson(app);

  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('date', new Date(clock.now()).toUTCString());
    // A release is fetched in thousands of pieces, which cost no database and tell nothing.
    if (!isReleaseFile(request.url)) throttle.demandPatience(request.ip);
  });
  app.setErrorHandler(async (error, request, reply) => {
    const refusal = toRefusal(error);
    if (isGuess(refusal)) throttle.countError(request.ip);
    if (refusal.code === 'failed') request.log.error({ err: error }, 'a request failed');
    else request.log.info({ code: refusal.code }, refusal.message);
    await tell(reply, refusal);
  });
  app.setNotFoundHandler((_, reply) =>
    tell(reply, new EnrolRefusal('bad-request', 'There is nothing here.')),
  );

  app.post('/v1/nonce', async () => NonceAnswer.parse({ nonce: nonces.create() }));
  app.post('/v1/enrol', async (request): Promise<Enrolled> => {
    const asked = parseBody(EnrolRequest, request.body);
    return enrolment.enrol(asked);
  });
  app.post('/v1/renew', async (request): Promise<Enrolled> => {
    const asked = parseBody(RenewRequest, request.body);
    return enrolment.renew(asked);
  });
  addEscrow(app, enrolment);
  if (releasesFolder !== undefined) addReleaseFiles(app, releasesFolder);
  return { app, setTls: (fresh) => app.server.setSecureContext(tlsOptions(fresh)) };
}

function addEscrow(app: App, enrolment: Enrolment): void {
  let underWay = 0;
  app.post(
    '/v1/escrow',
    {
      bodyLimit: escrowLimitBytes,
      // Before the body is read: what is refused here costs no memory.
      onRequest: async (_, reply: FastifyReply) => {
        if (underWay >= escrowsAtOnce) {
          throw new EnrolRefusal(
            'too-many-requests',
            'Other devices are sending headers just now; try again.',
            { retryAfterS: 5 },
          );
        }
        underWay += 1;
        reply.raw.once('close', () => {
          underWay -= 1;
        });
      },
    },
    async (request) => {
      const asked = parseBody(EscrowRequest, request.body);
      await enrolment.escrow(asked);
      return Escrowed.parse({ version: 1, kind: asked.kind, digest: asked.digest });
    },
  );
}
