/** Updates: the bytes on a device, and a rollout at the controller. */
import type { Figure } from './figure.ts';
import { payloadBench } from './update/payload.ts';
import { rolloutBench } from './update/rollout.ts';

export async function* updateBench(): AsyncGenerator<Figure> {
  yield* payloadBench();
  yield* rolloutBench();
}
