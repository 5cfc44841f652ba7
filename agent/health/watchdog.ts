/** Feeds systemd's watchdog while the event loop, the database and the model answer, and says why when it doesn't. */

/** Something that has to answer, or the agent had better be started again. */
export interface Vital {
  /** As the log names it: `the database`. */
  readonly name: string;
  /** Silent for this long, the watchdog is no longer fed. */
  readonly boundMs: number;
  /** A real question. It may take long, and may reject: neither is an answer. */
  ask(): Promise<unknown>;
}

/** What is known of a vital at a beat. Time is counted in our own beats: a machine that slept has no silent parts. */
export interface Silence {
  readonly name: string;
  readonly boundMs: number;
  readonly silentBeats: number;
  /** Of the last question, when it was answered by an error. */
  readonly error?: string;
}

/** The event loop may be this late once in a while; longer, people see a device that hangs. */
const loopBoundMs = 15_000;

/**
 * @param lateMs how much later than planned this beat came
 * @returns why the watchdog is not to be fed; empty when all is well
 */
export function reasonsToWithhold(lateMs: number, silences: readonly Silence[], beatMs: number): string[] {
  const late = lateMs > loopBoundMs ? [`the event loop was blocked for ${seconds(lateMs)}`] : [];
  const silent = silences
    .filter(({ silentBeats, boundMs }) => silentBeats * beatMs > boundMs)
    .map(({ name, silentBeats, error }) => {
      const why = error === undefined ? '' : `: ${error}`;
      return `${name} has not answered for ${seconds(silentBeats * beatMs)}${why}`;
    });
  return [...late, ...silent];
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

export interface WatchdogParts {
  /** Of the unit; it is fed five times within it. */
  watchdogMs: number;
  vitals: readonly Vital[];
  feed(): void;
  log: { error(fields: object, message: string): void; info(fields: object, message: string): void };
  /** Milliseconds that only go forward. */
  now?: () => number;
}

/** Beats at once and from then on. */
export function startWatchdog({
  watchdogMs,
  vitals,
  feed,
  log,
  now = () => performance.now(),
}: WatchdogParts): {
  close(): void;
} {
  const beatMs = watchdogMs / 5;
  const watched = vitals.map(watch);
  let dueMs = now();
  let toldWhy = '';
  const beat = (): void => {
    const lateMs = now() - dueMs;
    dueMs = now() + beatMs;
    const why = reasonsToWithhold(
      lateMs,
      watched.map((one) => one.beat()),
      beatMs,
    ).join('; ');
    if (why === '') feedNow(feed, log);
    // A silence grows with every beat; what it is about is worth a line once.
    const about = why.replaceAll(/\d+ s/g, '');
    if (about !== toldWhy && why !== '') log.error({ why }, 'systemd is not told that all is well');
    if (about !== toldWhy && why === '') log.info({}, 'all is well again');
    toldWhy = about;
  };
  const timer = setInterval(beat, beatMs);
  beat();
  return { close: () => clearInterval(timer) };
}

function feedNow(feed: () => void, log: WatchdogParts['log']): void {
  try {
    feed();
  } catch (err) {
    // The next beat tries again; four may be missed.
    log.error({ err }, 'systemd could not be told that all is well');
  }
}

/** One question at a time: what hangs isn't asked again. */
function watch({ name, boundMs, ask }: Vital): { beat(): Silence } {
  let silentBeats = -1;
  let error: string | undefined;
  let asking = false;
  const answered = (problem?: unknown): void => {
    asking = false;
    if (problem === undefined) silentBeats = 0;
    error = problem === undefined ? undefined : problem instanceof Error ? problem.message : String(problem);
  };
  return {
    beat() {
      silentBeats += 1;
      if (!asking) {
        asking = true;
        void ask().then(
          () => answered(),
          (problem: unknown) => answered(problem ?? 'it refused'),
        );
      }
      return { name, boundMs, silentBeats, ...(error === undefined ? {} : { error }) };
    },
  };
}

/** The store's thread writes copies and tidies at night: that long it may be busy. */
const databaseBoundMs = 120_000;

/** @param question the cheapest that really reads: through the store's thread, into SQLite */
export const databaseVital = (question: () => Promise<unknown>): Vital => ({
  name: 'the database',
  boundMs: databaseBoundMs,
  ask: question,
});

/** Loading 20 GB from a slow disk, or the pauses of a process that dies again and again. */
const modelBoundMs = 15 * 60_000;

/**
 * Weights that can't be used at all are told to people and to the administrator; another start doesn't make them
 * better, and what was said can still be read.
 */
export function modelVital(model: {
  ready: Promise<unknown>;
  count(texts: readonly string[]): Promise<unknown>;
}): Vital {
  let unusable = false;
  model.ready.catch(() => {
    unusable = true;
  });
  return {
    name: 'the model',
    boundMs: modelBoundMs,
    ask: async () => (unusable ? undefined : await model.count(['.'])),
  };
}
