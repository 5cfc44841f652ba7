/** Who may connect, publish and listen at the embedded broker; the same rules are written in `deploy/mosquitto/`. */
import { DeviceName } from '@rockpool/protocol/enrolment';
import {
  controllerStatus,
  downKinds,
  downTopic,
  messageLimitBytes,
  ownDown,
  upKinds,
  upTopic,
} from '@rockpool/protocol/fleet/topics';

export interface Publication {
  topic: string;
  bytes: number;
  qos: number;
  retain: boolean;
}

export const connectRefusals = [
  'no-certificate', // or one that doesn't say who it is for
  'not-a-device', // a name that no device has
  'client-id', // another than its certificate says
  'password', // nobody has one here
  'will', // that it may not publish
  'keep-alive', // none, or so long that nobody would miss it
] as const;
export type ConnectRefusal = (typeof connectRefusals)[number];

/** A connection that sends nothing for half as long again is closed; without a limit it would stand for ever. */
export const keepAliveLimitS = 300;

/** @returns the device, or why it isn't let in; whether its certificate is in force is another question */
export function mayConnect(asked: {
  /** Common name of its certificate. */
  cn: string | undefined;
  clientId: string;
  hasPassword: boolean;
  keepAliveS: number;
  will: Publication | undefined;
}): { device: DeviceName } | { refused: ConnectRefusal } {
  if (asked.cn === undefined) return { refused: 'no-certificate' };
  const device = DeviceName.safeParse(asked.cn).data;
  if (device === undefined) return { refused: 'not-a-device' };
  if (asked.clientId !== device) return { refused: 'client-id' };
  if (asked.hasPassword) return { refused: 'password' };
  if (asked.keepAliveS <= 0 || asked.keepAliveS > keepAliveLimitS) return { refused: 'keep-alive' };
  // A will that tells anything else than the end of its own connection would be said by nobody.
  const isOwn = !asked.will || asked.will.topic === upTopic(device, 'state');
  if (!isOwn || (asked.will && mayPublish(device, asked.will))) return { refused: 'will' };
  return { device };
}

export type PublishRefusal = 'topic' | 'retained' | 'qos' | 'too-large';

/** @returns why not; null: it may */
export function mayPublish(device: DeviceName, what: Publication): PublishRefusal | null {
  if (!upKinds.some((kind) => what.topic === upTopic(device, kind))) return 'topic';
  // What stays at a broker outlives its device.
  if (what.retain) return 'retained';
  if (what.qos > 1) return 'qos';
  return what.bytes > messageLimitBytes ? 'too-large' : null;
}

/** By the exact filter: a wildcard that is wider, or a share of what all say, would take it from those it is for. */
export const maySubscribe = (device: DeviceName, filter: string): boolean =>
  filter === ownDown(device) ||
  filter === controllerStatus ||
  downKinds.some((kind) => filter === downTopic(device, kind));
