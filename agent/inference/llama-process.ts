/** The model's process: takes orders from the agent, runs them side by side, and ends when the agent is gone. */
import { setTimeout as pass } from 'node:timers/promises';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';
import { type Answering, createAnswering } from './answering.ts';
import { openLine } from './line.ts';
import { loadLlama } from './llama.ts';
import type { GenerateEvent } from './model.ts';
import { type Load, Order, type Report, type Told } from './wire.ts';

// A terminal signals the whole group; the agent drains first and then says `close`.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
const line = await openLine();
process.umask(line.umask); // saved conversations are for few eyes
if (line.endsOnTerm) process.on('SIGTERM', () => void close());
const report = (message: Report | Told): void => line.tell(message);

const weights = Promise.withResolvers<string>();
const running = new Map<number, AbortController>();
let answering: Answering | undefined;
let told: Told['events'] = [];

/** Shorter than an eye notices; a fast model says several tokens in one message, which costs as much as one. */
const gatherMs = 8;
let toldAt = 0;

function tell(id: number, event: GenerateEvent): void {
  // Never at once: what is next for the model goes first.
  if (told.length === 0) setTimeout(flush, Math.max(0, gatherMs - (performance.now() - toldAt)));
  told.push([id, event]);
}

function flush(): void {
  if (told.length === 0) return;
  report({ type: 'told', events: told });
  told = [];
  toldAt = performance.now();
}

async function load(order: Load): Promise<void> {
  try {
    const llama = await loadLlama(order);
    answering = createAnswering(llama, { ...order, digest: await weights.promise });
    const { contextTokens, dimensions, runsOn } = llama;
    report({ type: 'loaded', contextTokens, dimensions, runsOn });
  } catch (error) {
    report({ type: 'unloadable', message: error instanceof Error ? error.message : String(error) });
  }
}

/** Runs one order that has an answer, and says how it ended. */
async function run(
  id: number,
  deed: (ready: Answering, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    if (!answering)
      throw new Refusal('model-loading', 'The model is still being loaded; try again in a moment.');
    const value = await deed(answering, controller.signal);
    flush();
    report({ type: 'ended', id, value });
  } catch (error) {
    flush();
    report({ type: 'ended', id, value: undefined, refusal: refusalOf(error, controller.signal) });
  } finally {
    running.delete(id);
  }
}

function refusalOf(
  error: unknown,
  signal: AbortSignal,
): NonNullable<Extract<Report, { type: 'ended' }>['refusal']> {
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  if (signal.aborted) return { code: 'aborted', message: 'The answer was stopped.' };
  const why = error instanceof Error ? error.message : String(error);
  return { code: 'model-failed', message: `The model could not finish (${why}); try again.` };
}

async function close(): Promise<void> {
  for (const controller of running.values()) controller.abort();
  while (running.size > 0) await pass(5);
  await answering?.close();
  process.exit(0);
}

const orders: { [T in Order['type']]: (order: Extract<Order, { type: T }>) => Promise<void> | void } = {
  load,
  weights: ({ digest }) => weights.resolve(digest),
  generate: ({ id, request }) =>
    run(id, (ready, signal) => ready.generate(request, (event) => tell(id, event), signal)),
  settle: ({ id, session, messages }) => run(id, (ready, signal) => ready.settle(session, messages, signal)),
  forget: ({ id, session }) => run(id, (ready) => ready.forget(session)),
  embed: ({ id, texts }) => run(id, (ready, signal) => ready.embed(texts, signal)),
  count: ({ id, texts }) => run(id, (ready) => ready.count(texts)),
  abort: ({ id }) => running.get(id)?.abort(),
  ping: () => report({ type: 'pong', passes: answering?.passes() ?? 0, busy: running.size > 0 }),
  close,
};

/** One malformed request must not end everyone's answers. */
function refuse(message: unknown, error: z.ZodError): void {
  const { id } = z.looseObject({ id: z.int() }).parse(message);
  const [issue] = error.issues;
  const param = issue?.path.slice(1).join('.') ?? '';
  const refusal = {
    code: 'bad-request',
    message: `The request can not be used: ${param} ${issue?.message ?? ''}.`,
  } as const;
  report({ type: 'ended', id, value: undefined, refusal });
}

line.listen(
  (message) => {
    const { data: order, error } = Order.safeParse(message);
    if (order) void (orders[order.type] as (order: Order) => Promise<void> | void)(order);
    else refuse(message, error);
  },
  // The agent is gone, by whatever death: nobody could end this process any more.
  () => process.exit(0),
);
