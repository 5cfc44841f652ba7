/** What the command line is given by `main.ts`, and what a command is given by the command line. */
import type { Readable, Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../config/settings.ts';

/** An agent in this process. */
export interface OpenedAgent {
  /** `inject` works without listening. */
  readonly app: Pick<FastifyInstance, 'inject'>;
  /** What a request of the command line shows as `authorization: Bearer`. */
  readonly credential: string;
  /** The one-time code for the first account, while there is none. */
  setupCode(): Promise<string | undefined>;
  /** @returns the address it answers under, once everybody may know it */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** How long it lives, and what else its process is told. */
export interface Life {
  /** Aborts when the process is to end: also one that still waits for its disk. */
  readonly signal: AbortSignal;
  /** SIGHUP means `reload` from now on, and not the end. */
  onHangUp(reload: () => void): void;
}

/**
 * Opens an agent on `settings.home`. An `agent` loads its model at once, a `command` by the first use of it.
 * @throws HomeHeld when another process holds the home
 */
export type OpenAgent = (settings: Settings, kind: 'agent' | 'command', life?: Life) => Promise<OpenedAgent>;

export interface Parts {
  openAgent: OpenAgent;
}

/** Where a command reads and writes. */
export interface Streams {
  stdin: Readable & { isTTY?: boolean | undefined };
  stdout: Writable & { isTTY?: boolean | undefined; columns?: number | undefined };
  stderr: Writable & { isTTY?: boolean | undefined; columns?: number | undefined };
}
