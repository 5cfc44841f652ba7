/** The command key of a controller that is killed and begun anew. */
import { openSigner } from '../authority/signer.ts';

export const processKey = openSigner(Buffer.alloc(32, 7));
