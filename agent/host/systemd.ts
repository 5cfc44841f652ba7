/** Driver for what systemd gives a service: the sockets it opened for it, and the socket on which to tell it how we are. */
/** What systemd is told. All of it is best sent by the main process itself: no other may then speak for it. */
export interface ServiceManager {
  /** Left out when the unit has no watchdog. */
  readonly watchdogMs?: number;
  /** People are served from now on: units that wait for us start. */
  ready(status: string): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** We live. To be said well within `watchdogMs`. */
  feed(): void;
  /** A stop was asked for and is under way. */
  stopping(): void;
  close(): void;
}

export class NotifyError extends Error {
  override readonly name = 'NotifyError';
}

type Environment = Record<string, string | undefined>;

/**
 * Takes the variables out of the environment, so that no child speaks for us.
 * @returns undefined outside of systemd, or for a unit that isn't `Type=notify`
 * @throws NotifyError when there is a socket and no way to it
 */
export function openServiceManager(
  environment: Environment = process.env,
  pid = process.pid,
): ServiceManager | undefined {
  const socket = environment['NOTIFY_SOCKET'];
  const watchdogUs = Number(environment['WATCHDOG_USEC']);
  const watchdogPid = environment['WATCHDOG_PID'];
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  if (!socket) return undefined;
  const isOurs = watchdogPid === undefined || watchdogPid === String(pid);
  const { send, close } = openDatagrams(socket);
  return {
    ...(watchdogUs > 0 && isOurs ? { watchdogMs: watchdogUs / 1000 } : {}),
    ready: (status) => send(`READY=1\nSTATUS=${oneLine(status)}`),
    status: (text) => send(`STATUS=${oneLine(text)}`),
    feed: () => send('WATCHDOG=1'),
    stopping: () => send('STOPPING=1'),
    close,
  };
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const firstFd = 3;

/**
 * Sockets that systemd opened and listens on, by their `FileDescriptorName`; several may share one. Takes the variables
 * out of the environment: they are meant for this process only.
 */
export function inheritedSockets(
  environment: Environment = process.env,
  pid = process.pid,
): ReadonlyMap<string, readonly number[]> {
  const count = Number(environment['LISTEN_FDS']);
  const names = environment['LISTEN_FDNAMES']?.split(':') ?? [];
  const isOurs = environment['LISTEN_PID'] === String(pid);
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID'])
    delete environment[name];
  const sockets = new Map<string, number[]>();
  if (!isOurs || !Number.isInteger(count) || count < 1) return sockets;
  for (let place = 0; place < count; place += 1) {
    const name = names[place] || 'unknown'; // as sd_listen_fds_with_names(3) names them
    sockets.set(name, [...(sockets.get(name) ?? []), firstFd + place]);
  }
  return sockets;
}

const unixFamily = 1;
const datagramCloseOnExec = 0o2000000 + 2;
const dontWaitNoSignal = 0x40 | 0x4000;
/** sun_path of unix(7). */
const longestPath = 108;

/**
 * Node knows no Unix datagrams. Its own call into libc does, from this very process: a helper program would need
 * `NotifyAccess=all`, by which any child, one that reads a hostile document too, could feed our watchdog.
 */
function openDatagrams(path: string): { send(text: string): void; close(): void } {
  const address = addressOf(path);
  const { lib, functions } = loadFfi().dlopen(null, {
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i64' },
    close: { arguments: ['i32'], return: 'i32' },
  });
  const fd = functions.socket(unixFamily, datagramCloseOnExec, 0);
  if (fd < 0) throw new NotifyError('a datagram socket could not be opened');
  return {
    send(text) {
      const message = Buffer.from(text);
      const sent = functions.sendto(
        ...([fd, message, BigInt(message.length), dontWaitNoSignal] as const),
        ...([address, address.length] as const),
      );
      if (Number(sent) !== message.length)
        throw new NotifyError(`systemd did not take ${text.split('\n')[0]}`);
    },
    close() {
      functions.close(fd);
      lib.close();
    },
  };
}

/** Loaded on a device only: it is experimental, and says so on stderr. */
function loadFfi() {
  const ffi = process.getBuiltinModule('node:ffi');
  if (!ffi)
    throw new NotifyError(`Node ${process.version} can't call libc; run the agent with the Node it brings`);
  return ffi;
}

/** `sockaddr_un`: the family in the machine's order, then the path; one that begins with @ is in no folder. */
function addressOf(path: string): Buffer {
  const name = Buffer.from(path);
  if (!/^[/@]./.test(path) || name.length >= longestPath)
    throw new NotifyError(`NOTIFY_SOCKET is ${path}; only a Unix socket can be told`);
  if (name[0] === '@'.charCodeAt(0)) name[0] = 0;
  const family = Buffer.from(new Uint16Array([unixFamily]).buffer);
  return Buffer.concat([family, name]);
}
