/** What the controller needs of a broker: the embedded one and any other are the same to it. */

/** As it came: nothing of it was looked at but its length. */
export interface Arrived {
  topic: string;
  bytes: Uint8Array;
}

export interface BrokerFigures {
  /** Devices that are connected; null where the broker is another program. */
  connections: number | null;
  /** What was refused, by reason. */
  refused: Readonly<Record<string, number>>;
  /** Messages that were taken from the network and that nobody has settled yet. */
  unsettled: number;
}

/**
 * Settles when the message may be acknowledged to whoever sent it: what came before is in the database then, or will
 * never be wanted. It doesn't reject: what can't be stored yet waits.
 */
export type Take = (message: Arrived) => Promise<void>;

export interface Broker {
  /** One sender's wait keeps nobody else up: so a flood can be held back where it comes from. */
  readonly holdsEachAlone: boolean;
  /** Once, before `open`; whatever comes earlier would be nobody's. */
  onMessage(take: Take): void;
  /** From here on devices are let in and messages come. */
  open(): Promise<void>;
  /**
   * To a device, never retained. Resolves when it was given to the network; to a device that isn't there, nothing happens.
   * @param qos 0 for what is asked for again when it is missed
   */
  publish(topic: string, bytes: Uint8Array, qos: 0 | 1): Promise<void>;
  /** Tells all devices, retained, whether anyone takes reports. */
  announce(status: 'online' | 'offline'): Promise<void>;
  /** Somebody was revoked: ends the connections of those that would not be let in any more. */
  recheck(): Promise<void>;
  figures(): BrokerFigures;
  /** `offline` is announced first. */
  close(): Promise<void>;
}

/** What a broker says of its work, for the log and for alerts; at most once a minute for each device and kind. */
export type BrokerEvent =
  | { kind: 'refused'; device: string | null; reason: string; from?: string }
  /** Two hold the certificate of one device, and throw each other out. */
  | { kind: 'cloned'; device: string }
  /** A broker, or the registry that says who may come in. */
  | { kind: 'lost'; because: string }
  | { kind: 'reached'; shared: boolean };
