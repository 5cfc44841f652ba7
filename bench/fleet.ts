/** How a fleet stands many devices, and a device its fleet: ingest, the herd after a broker's restart, one device, a week offline. */
import type { Figure } from './figure.ts';
import { deviceBench } from './fleet/device.ts';
import { herdBench } from './fleet/herd.ts';
import { ingestBench } from './fleet/ingest.ts';
import { weekBench } from './fleet/week.ts';

export async function* fleetBench(): AsyncGenerator<Figure> {
  yield* ingestBench();
  yield* herdBench();
  yield* deviceBench();
  yield* weekBench();
}
