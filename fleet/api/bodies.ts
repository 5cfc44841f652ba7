/** Bytes from outside become values: small enough, flat where they may be large, and never a way to an object's prototype. */
import type { FastifyInstance } from 'fastify';
import { EnrolRefusal } from '../enrolment/refusal.ts';

/** Checked while bytes arrive, before anything is parsed. */
export const bodyLimitBytes = 64 * 1024;
/** The one large text of an escrow, and its frame. */
export const escrowLimitBytes = 25 * 1024 * 1024;

/** Parsing 10 MB of brackets takes seconds; no request of ours nests deeper than one object. */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = Buffer.from(body);
    if (!isFlat(bytes))
      return done(new EnrolRefusal('bad-request', 'The request is not one object of texts.'));
    return parse(request, bytes.toString('utf8'), done);
  });
}

/** Texts of ours hold no braces or brackets; PEM, base64, names and codes have none. */
const isFlat = (bytes: Buffer): boolean =>
  !bytes.includes('[') &&
  bytes.indexOf('{') === bytes.lastIndexOf('{') &&
  bytes.indexOf('}') === bytes.lastIndexOf('}');
