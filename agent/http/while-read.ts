/** Ties what is made for a reader to the reader: when they leave, it ends. */
import type { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyReply } from 'fastify';

/** Aborts when the connection closes before everything was written. */
export function whileRead({ raw }: Pick<FastifyReply, 'raw'>, why: () => Refusal): AbortSignal {
  const leaving = new AbortController();
  const onClose = (): void => {
    if (!raw.writableFinished) leaving.abort(why());
  };
  // They may have left while the guard looked up who they are: that is not told again.
  if (raw.destroyed) onClose();
  else raw.once('close', onClose);
  return leaving.signal;
}
