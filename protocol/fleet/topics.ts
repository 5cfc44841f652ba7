/** Where things are published. Six levels, so that every broker takes them; nothing under `down/` is ever retained. */
import { DeviceName } from '../enrolment.ts';

/** What a device says, and what is said to it. */
export const upKinds = ['state', 'report', 'batch'] as const;
export const downKinds = ['ack', 'command'] as const;
export type UpKind = (typeof upKinds)[number];
export type DownKind = (typeof downKinds)[number];

export const upTopic = (device: DeviceName, kind: UpKind): string => `f/v1/${device}/up/${kind}`;
export const downTopic = (device: DeviceName, kind: DownKind): string => `f/v1/${device}/down/${kind}`;
/** All that a device may hear. */
export const ownDown = (device: DeviceName): string => `f/v1/${device}/down/+`;
/** All that a controller hears. */
export const everyUp = 'f/v1/+/up/+';
/**
 * Retained, with a will: whether any controller takes reports. Devices keep theirs while it is away. Plain text, `offline`
 * or anything else; not signed: whoever runs the broker can keep the two apart anyway.
 */
export const controllerStatus = 'f/ctl/v1/status';

/** No message of ours is larger; checked before anything is parsed. */
export const messageLimitBytes = 64 * 1024;

/** @returns whose it is and what, or null for a topic that is none of ours */
export function parseUpTopic(topic: string): { device: DeviceName; kind: UpKind } | null {
  const [, name, kind] = /^f\/v1\/([^/]+)\/up\/([^/]+)$/.exec(topic) ?? [];
  const device = DeviceName.safeParse(name);
  const known = upKinds.find((one) => one === kind);
  return device.success && known ? { device: device.data, kind: known } : null;
}
