/** The deeds of the phases in which nothing that runs is touched: from the order to where the switch could be thrown. */
import type { FetchProgress, Trusted, TrustedRelease } from '../parts.ts';
import { UpdateError } from '../parts.ts';
import { attemptsMost, limitMs, orderLimitMs, progressMs, progressPermille, retryMs } from './limits.ts';
import { precheck } from './precheck.ts';
import { mayPass } from './reasons.ts';
import { applierOf, interruptible, type Move, releaseOf, transactionOf, type UnderWay } from './under-way.ts';
import { word } from './words.ts';

type Deed = (way: UnderWay, signal: AbortSignal) => Promise<Move>;

export const accepted: Deed = async (way, signal) => {
  const { order, deadline } = transactionOf(way);
  const { metadata, installed, clock } = way.parts;
  const limit = deadline ?? clock.now();
  const trusted = await untilItPasses(way, limit, signal, () =>
    interruptible(way, { what: 'asking the repository', limitMs: limitMs.resolve }, signal, async (end) => {
      await metadata.refresh(end);
      return metadata.resolve(order.release, end);
    }),
  );
  way.trusted = trusted;
  const { release, manifestSha256 } = trusted;
  const from = installed.current(release)?.path ?? null;
  return { event: 'resolved', change: { release, manifestSha256, kind: release.kind, from } };
};

export const resolved: Deed = async (way, signal) => {
  const { order } = transactionOf(way);
  const { release, manifestSha256 } = releaseOf(way);
  const { payload, installed, board } = way.parts;
  const applier = applierOf(way, release);
  const had = installed.current(release)?.manifestSha256 === manifestSha256;
  const look = { what: 'looking at what is installed', limitMs: limitMs.look };
  if (had && !order.again) {
    const inForce = await interruptible(way, look, signal, (end) => applier.inForce(release, end));
    if (inForce !== false)
      return { event: 'had', ending: { outcome: 'installed', says: 'It was installed already.' } };
  }
  const trusted = await trustedOf(way, signal);
  const objection = precheck({
    release,
    board,
    floor: way.floor.of(order.release),
    quarantined: way.quarantine.find(manifestSha256),
    again: order.again,
    installed: installed.all().map((entry) => entry.release),
    room: await interruptible(way, look, signal, () => payload.missing(trusted)),
  });
  if (objection) throw new UpdateError(objection.reason, objection.says);
  const probe = { what: 'finding out whether it could go back', limitMs: limitMs.probe };
  await interruptible(way, probe, signal, (end) => applier.probe(release, end));
  return { event: 'prechecked' };
};

export const prechecked: Deed = async () => ({ event: 'began' });

/** The store keeps what there is, so that whatever cuts this off costs little. */
export const fetching: Deed = async (way, signal) => {
  const { order, deadline } = transactionOf(way);
  const { payload, hours, clock } = way.parts;
  const limit = deadline ?? clock.now();
  const progress = tellProgress(way);
  await untilItPasses(way, limit, signal, async () => {
    const trusted = await trustedOf(way, signal);
    for (;;) {
      await waitFor(way, (at) => order.now || hours.mayFetch(at), limit, signal);
      const fetch = { what: 'fetching', limitMs: limit - clock.now() };
      const closed = (): Error | undefined =>
        order.now || hours.mayFetch(clock.now()) ? undefined : new HoursEnded();
      try {
        await interruptible(way, fetch, signal, (end) => payload.fetch(trusted, progress, end), closed);
        return;
      } catch (error) {
        if (!(error instanceof HoursEnded)) throw error;
      }
    }
  });
  way.verified = true;
  return { event: 'fetched', change: { deadline: null } };
};

export const verified: Deed = async (way, signal) => {
  if (!way.verified) await readAgain(way, await trustedOf(way, signal), signal);
  const { release, applier } = releaseOf(way);
  const stage = { what: 'putting it in place', limitMs: limitMs.stage };
  await interruptible(way, stage, signal, (end) => applier.stage(release, end));
  return { event: 'staged' };
};

export const staged: Deed = async (way) => {
  const { order } = transactionOf(way);
  return {
    event: 'readied',
    change: { deadline: way.parts.clock.now() + orderLimitMs(order.limits, 'readyS') },
  };
};

/** Days may have passed since it was verified: a release may be withdrawn, and its bytes may be others. */
export const ready: Deed = async (way, signal) => {
  const { order, deadline } = transactionOf(way);
  const { metadata, hours, clock } = way.parts;
  const limit = deadline ?? clock.now();
  await waitFor(way, (at) => order.now || hours.mayActivate(at), limit, signal);
  const ask = { what: 'asking the repository again', limitMs: limitMs.resolve };
  await untilItPasses(way, limit, signal, () =>
    interruptible(way, ask, signal, async (end) => {
      try {
        await metadata.refresh(end);
      } catch (error) {
        // Nobody can be reached: what was verified before still holds, or `resolve` says that it doesn't.
        if (!(error instanceof UpdateError && error.reason === 'mirrors')) throw error;
      }
    }),
  );
  way.trusted = undefined;
  await readAgain(way, await trustedOf(way, signal), signal);
  return { event: 'opened', change: { attempts: attemptsMost, deadline: null } };
};

class HoursEnded extends Error {
  override readonly name = 'HoursEnded';
}

async function readAgain(
  way: UnderWay,
  trusted: Trusted<TrustedRelease>,
  signal: AbortSignal,
): Promise<void> {
  const verify = { what: 'reading it again', limitMs: limitMs.verify };
  await interruptible(way, verify, signal, (end) => way.parts.payload.verify(trusted, end));
}

/** What the repository says of it. After a start it is asked again, and has to say the same. */
async function trustedOf(way: UnderWay, signal: AbortSignal): Promise<Trusted<TrustedRelease>> {
  if (way.trusted) return way.trusted;
  const { order } = transactionOf(way);
  const { manifestSha256 } = releaseOf(way);
  const ask = { what: 'asking the repository', limitMs: limitMs.resolve };
  const trusted = await interruptible(way, ask, signal, (end) =>
    way.parts.metadata.resolve(order.release, end),
  );
  if (trusted.manifestSha256 !== manifestSha256)
    throw new UpdateError('metadata', `${order.release} is another release than it was when it was ordered.`);
  way.trusted = trusted;
  return trusted;
}

/** Nobody reached, or a clock that isn't set yet: again, until the order's time is over. */
async function untilItPasses<T>(
  way: UnderWay,
  deadline: number,
  signal: AbortSignal,
  deed: () => Promise<T>,
): Promise<T> {
  const { clock, log } = way.parts;
  for (let waitMs: number = retryMs.first; ; waitMs = Math.min(2 * waitMs, retryMs.most)) {
    try {
      return await deed();
    } catch (error) {
      const passes = error instanceof UpdateError && mayPass.has(error.reason);
      if (!passes || clock.now() + waitMs >= deadline) throw error;
      log.warn({ err: error, waitMs }, 'trying again later');
      await pause(way, waitMs, signal);
    }
  }
}

const lookAtHoursMs = 60_000;

async function waitFor(
  way: UnderWay,
  may: (at: number) => boolean,
  deadline: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = way.parts;
  for (;;) {
    const left = deadline - clock.now();
    const open = may(clock.now());
    if (left <= 0 && open) throw new UpdateError('timeout', 'Its time is over.');
    if (left <= 0) throw new UpdateError('not-now', 'Its time was over before its hours came.');
    if (open) return;
    await pause(way, Math.min(lookAtHoursMs, left), signal);
  }
}

const pause = (way: UnderWay, ms: number, signal: AbortSignal): Promise<void> =>
  interruptible(way, { what: 'waiting', limitMs: 2 * ms }, signal, (end) => way.parts.clock.sleep(ms, end));

/** Seldom enough for a controller with ten thousand devices. */
function tellProgress(way: UnderWay): (now: FetchProgress) => void {
  const { clock } = way.parts;
  let last = { at: clock.now(), permille: 0 };
  return ({ bytes, of }) => {
    const permille = of === 0 ? 1_000 : Math.min(1_000, Math.floor((1_000 * bytes) / of));
    const at = clock.now();
    if (at - last.at < progressMs || permille - last.permille < progressPermille) return;
    last = { at, permille };
    void way.tell(word(transactionOf(way), 'fetching', at, { permille }));
  };
}
