/** Driver for pino: what the agent tells its administrator, on stderr; never what people said or sign in with. */

import type { DestinationStream, Level, Logger } from 'pino';
import { pino } from 'pino';
import { readable } from './readable-log.ts';

export type Log = Logger;
export type LogLevel = Level | 'silent';

/**
 * Names under which a prompt, a credential or a document's text could stand.
 * A second net: no call hands them to the log in the first place.
 */
const secretNames = new Set([
  ...['prompt', 'messages', 'content', 'text', 'input', 'question', 'answer', 'body', 'delta', 'title', 'q'],
  ...['password', 'current', 'next', 'cookie', 'set-cookie', 'authorization', 'x-api-key', 'key', 'apikey'],
  ...['credential', 'credentials', 'token', 'secret', 'setupcode'],
]);

export interface LogOptions {
  level: LogLevel;
  /** Lines for a person instead of JSON; default: whether stderr is a terminal. */
  pretty?: boolean;
  destination?: DestinationStream;
}

export function createLog({
  level,
  pretty = process.stderr.isTTY === true,
  destination = stderr(),
}: LogOptions): Log {
  return pino(
    {
      level,
      base: null, // the journal knows the process and the host
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: keepSecrets },
      redact: { paths: [...secretNames].map((name) => `["${name}"]`), censor: keptOut }, // a child logger's own fields
      serializers: { err: describeError, req: describeRequest, res: describeReply },
    },
    pretty ? readable(destination) : destination,
  );
}

const keptOut = '[kept out]';

/** At any depth of plain objects; others are the serializers' business. */
function keepSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      secretNames.has(name.toLowerCase()) ? keptOut : inside(value),
    ]),
  );
}

function inside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inside);
  return isPlain(value) ? keepSecrets(value) : value;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** At once and in order: what was logged before a crash is the part one needs. */
const stderr = (): DestinationStream => pino.destination({ dest: 2, sync: true });

/** An error's own words, its code and where it came from; none of the properties that callers hang on it. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** The path without its query: people search for words. */
function describeRequest(request: {
  method?: string;
  url?: string;
  id?: unknown;
  ip?: string;
}): Record<string, unknown> {
  return { id: request.id, method: request.method, path: request.url?.split('?', 1)[0], from: request.ip };
}

const describeReply = ({ statusCode }: { statusCode?: number }): Record<string, unknown> => ({
  status: statusCode,
});
