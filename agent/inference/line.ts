/** The model's process' line to the agent: the channel of the fork that it is, or the one connection of a unit of its own. */
import { createServer, type Socket } from 'node:net';
import { inheritedSockets, openServiceManager } from '../host/systemd.ts';
import { hearFrames, sendFrame } from './frames.ts';

export interface Line {
  /** Lost when the agent is gone: then this process ends anyway. */
  tell(message: unknown): void;
  /** @param gone the agent is, by whatever death */
  listen(hear: (message: unknown) => void, gone: () => void): void;
  /** Who else may read what this process saves. */
  readonly umask: number;
  /** False where a signal is meant for the agent, which drains first and then says `close`. */
  readonly endsOnTerm: boolean;
}

/** @throws Error for a process that is neither a fork nor systemd's */
export async function openLine(): Promise<Line> {
  const channel = process.send?.bind(process);
  if (channel) return lineOfFork(channel);
  const [fd] = inheritedSockets().get('model') ?? [];
  if (fd === undefined)
    throw new Error('llama-process.ts runs as a child of engine.ts, or as rockpool-model.service');
  return lineOfUnit(fd);
}

const lineOfFork = (channel: (message: unknown) => boolean): Line => ({
  tell: (message) => {
    if (process.connected) channel(message);
  },
  listen(hear, gone) {
    process.on('message', hear);
    process.on('disconnect', gone);
  },
  umask: 0o077,
  endsOnTerm: false,
});

/** systemd watches what the agent can't reach: a process of another unit isn't its to kill. */
async function lineOfUnit(fd: number): Promise<Line> {
  const manager = openServiceManager();
  if (manager?.watchdogMs) setInterval(() => manager.feed(), manager.watchdogMs / 4).unref();
  const connected = firstConnection(fd);
  manager?.ready('waits for the agent');
  const socket = await connected;
  manager?.status('works for the agent');
  return {
    tell: (message) => {
      if (socket.writable) sendFrame(socket, message);
    },
    listen(hear, gone) {
      hearFrames(socket, hear);
      socket.on('close', gone);
    },
    umask: 0o007, // the agent deletes what was saved of a session that is deleted
    endsOnTerm: true, // systemd stops the agent first
  };
}

/** Whoever comes meanwhile waits in systemd's own queue for the next life. */
const firstConnection = (fd: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      server.close();
      socket.on('error', () => undefined); // its `close` follows
      resolve(socket);
    });
    server.on('error', reject);
    server.listen({ fd });
  });
