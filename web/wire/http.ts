/** One request to the device and its answer, or a Problem. */
import { asProblem, garbled, Problem, unreachable } from './problem.ts';
import type { Shape } from './shapes.ts';

export interface Ask {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
}

let signedOut: () => void = () => undefined;
/** What to do when the device no longer knows who is asking. */
export function whenSignedOut(then: () => void): void {
  signedOut = then;
}

export async function ask<T>(path: string, shape: Shape<T>, how: Ask = {}): Promise<T> {
  const response = await send(path, how);
  if (response.status === 204) return shape(undefined);
  return shape(await jsonOf(response));
}

/** The response itself, for streams; anything but a success is thrown. */
export async function send(path: string, { method = 'GET', body, signal }: Ask): Promise<Response> {
  const request: RequestInit = { method, credentials: 'same-origin', cache: 'no-store' };
  if (signal) request.signal = signal;
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers = { 'content-type': 'application/json' };
  }
  const response = await fetch(path, request).catch((cause: unknown) => {
    throw isStopped(signal) ? new Problem('aborted', 'Stopped.', 0, null, cause) : unreachable(cause);
  });
  if (!response.ok) throw told(await refusalOf(response));
  return response;
}

/** By the page itself; a signal that ran out of patience means that nobody answers. */
const isStopped = (signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true && Reflect.get(Object(signal.reason), 'name') !== 'TimeoutError';

/** A dead cookie is everyone's business, so it is told here, once. */
export function told(problem: Problem): Problem {
  if (problem.code === 'not-signed-in') signedOut();
  return problem;
}

async function refusalOf(response: Response): Promise<Problem> {
  const answer: unknown = await response.json().catch(() => null);
  return problemIn(answer, response.status, response.headers.get('retry-after'));
}

export function problemIn(answer: unknown, status: number, retryAfter: string | null): Problem {
  const error: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'error') : null;
  if (typeof error !== 'object' || error === null) return garbled(`status ${status}`);
  const code = String(Reflect.get(error, 'code'));
  const waitS = Number(Reflect.get(error, 'retryAfterS') ?? retryAfter ?? Number.NaN);
  return new Problem(
    code,
    String(Reflect.get(error, 'message')),
    status,
    Number.isFinite(waitS) ? waitS : null,
  );
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw cause instanceof SyntaxError ? garbled('not JSON', cause) : asProblem(unreachable(cause));
  }
}
