/** A broker in memory, for tests of whoever listens to it. */
import type { Broker, Take } from './broker.ts';

export interface FakeBroker extends Broker {
  /** As a device says it; resolves when it may be acknowledged to the device. */
  say(topic: string, bytes: Uint8Array): Promise<void>;
  published: { topic: string; bytes: Uint8Array }[];
  announced: string[];
}

export function createFakeBroker({ holdsEachAlone = true } = {}): FakeBroker {
  let take: Take = () => Promise.resolve();
  const broker: FakeBroker = {
    ...{ holdsEachAlone, published: [], announced: [] },
    say: (topic, bytes) => take({ topic, bytes }),
    onMessage(taker) {
      take = taker;
    },
    open: async () => undefined,
    publish: async (topic, bytes) => void broker.published.push({ topic, bytes }),
    announce: async (status) => void broker.announced.push(status),
    recheck: async () => undefined,
    figures: () => ({ connections: null, refused: {}, unsettled: 0 }),
    close: async () => undefined,
  };
  return broker;
}
