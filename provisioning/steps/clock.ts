/** A clock that is right: certificates and claims begin and end by it. */
import { type Facts, headerOf } from '../facts/facts.ts';
import type { Step } from './step.ts';

/** As far as a battery-backed clock may be from the system's before neither is believed. */
const agreementMs = 24 * 3_600_000;

/**
 * By a time server; or by a battery-backed clock that ran on since the newest file was written: without one, systemd
 * starts at that very time, which says nothing.
 */
export const isClockRight = ({ at, clock }: Pick<Facts, 'at' | 'clock'>): boolean =>
  at >= clock.floorMs &&
  (clock.synchronised ||
    (clock.rtcMs !== null && clock.rtcMs >= clock.floorMs && Math.abs(clock.rtcMs - at) < agreementMs));

export const clockStep: Step = {
  id: 'clock',
  title: 'Wait for the right time',
  why: 'Certificates begin and end by the clock; one that is wrong lets old ones in, or nobody.',
  // A device that is set up opens its disk whatever time it is; the agent and every renewal judge the clock themselves.
  holds: (facts) =>
    isClockRight(facts) ||
    facts.device?.isSetUp === true ||
    (facts.device === null && headerOf(facts)?.mark === 'kept'),
  seen: ({ at, clock }) =>
    `It is ${new Date(at).toISOString()} ${clock.synchronised ? 'by a time server' : clock.rtcMs === null ? 'by nobody’s word: no time server answered, and there is no battery-backed clock' : 'by the battery-backed clock'}${at < clock.floorMs ? `, before files of this system were written (${new Date(clock.floorMs).toISOString()})` : ''}. ${isClockRight({ at, clock }) ? '' : 'Let the device reach a time server (network.ntp), or set its clock with `timedatectl set-time` and try again.'}`.trim(),
  apply: ({ world, config, signal }) => world.waitForClock(config, signal),
};
