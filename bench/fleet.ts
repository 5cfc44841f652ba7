/** How a fleet stands many devices, and a device its fleet: ingest, the herd after a broker's restart, one device, a week offline. */
import type { Figure } from './figure.ts';
import { alone } from './fleet/alone.ts';
import { deviceBench } from './fleet/device.ts';
import { weekBench } from './fleet/week.ts';

export async function* fleetBench(): AsyncGenerator<Figure> {
  yield* alone('ingest');
  yield* alone('herd');
  yield* deviceBench();
  yield* weekBench();
}
