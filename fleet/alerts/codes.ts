/** Every code that an alert may have: what hides it, and how long it must be gone. */
import { controllerAlerts } from '@rockpool/protocol/fleet/alerts';
import { type Registered, warnings } from '@rockpool/protocol/fleet/warnings';

const away = ['offline', 'site-offline', 'fleet-offline'];

/** Not hidden by anything, and silenced by nobody: whoever wants them unseen would begin with that. */
export const neverHidden: ReadonlySet<string> = new Set(['cloned', 'audit-fork', 'rollout-halted']);

const ofController = new Map<string, Registered>(Object.entries(controllerAlerts));
const ofDevices = new Map<string, Registered>(Object.entries(warnings));

/** Said by the device, which waits before it says so and before it takes it back. */
export const isOfDevice = (code: string): boolean => !ofController.has(code);

/** What explains it, so that nobody needs to hear of both. */
export const causesOf = (code: string): readonly string[] => {
  const own = ofController.get(code);
  return own ? own.follows : [...away, ...(ofDevices.get(code)?.follows ?? [])];
};

/** Of a device's own warning this is only against flapping. */
const heldS = 30;
export const clearAfterMs = (code: string): number => (ofController.get(code)?.clearAfterS ?? heldS) * 1_000;

export const visibleAfterMs = (code: keyof typeof controllerAlerts): number =>
  controllerAlerts[code].visibleAfterS * 1_000;
