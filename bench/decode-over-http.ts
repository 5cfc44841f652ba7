/** Decode speed of one reader: over HTTP through the OpenAI protocol, against the library's bare loop. */
import { performance } from 'node:perf_hooks';
import { startAppliance, Visitor } from '../agent/test/appliance.ts';
import { decodePrompt, openRaw, tokensPerAnswer } from './decode.ts';
import { type Figure, median } from './figure.ts';

/** Many short ones: both runs of a round see the same machine. */
const rounds = 41;

/** Both answer the same prompt greedily, so they write the same tokens; who goes first alternates. */
export async function* decodeRatio(): AsyncGenerator<Figure> {
  const appliance = await startAppliance();
  const raw = await openRaw();
  try {
    await appliance.ready();
    const ada = new Visitor(appliance.address);
    await ada.setUp(appliance.setupCode);
    const { key } = await ada.json<{ key: string }>('POST', '/api/keys', {
      label: 'bench',
      scopes: ['chat'],
    });
    const ours = () => overHttp(appliance.address, key);
    await raw.run();
    await ours();
    const samples: { raw: number; ours: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const sample = { raw: 0, ours: 0 };
      for (const which of round % 2 === 0 ? (['raw', 'ours'] as const) : (['ours', 'raw'] as const)) {
        const { tokens, ms } = which === 'raw' ? await raw.run() : await ours();
        sample[which] = (tokens / ms) * 1000;
      }
      samples.push(sample);
    }
    yield { name: 'decode, the library alone', value: median(samples.map((s) => s.raw)), unit: 'tokens/s' };
    yield { name: 'decode, over HTTP', value: median(samples.map((s) => s.ours)), unit: 'tokens/s' };
    yield {
      name: 'HTTP ÷ the library alone',
      value: median(samples.map((s) => s.ours / s.raw)),
      unit: '',
      reach: { atLeast: 0.95 },
      note: `median of ${rounds} rounds in turn, ${tokensPerAnswer} tokens each`,
    };
  } finally {
    await raw.close();
    await appliance.remove();
  }
}

/** From the first delta to the last; the first token's own time is another figure. */
async function overHttp(address: string, key: string): Promise<{ tokens: number; ms: number }> {
  const response = await fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: 'pebble', stream: true, temperature: 0, max_tokens: tokensPerAnswer },
      ...{ messages: decodePrompt, stream_options: { include_usage: true } },
    }),
  });
  let startedAt = 0;
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += Buffer.from(bytes).toString();
    if (startedAt === 0 && text.includes('"content":"')) startedAt = performance.now();
  }
  const ms = performance.now() - startedAt;
  const tokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1]);
  if (!(tokens > 1)) throw new Error(`no usage in the answer: ${text.slice(-300)}`);
  return { tokens: tokens - 1, ms };
}
