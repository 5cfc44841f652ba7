/** Decode speed of one reader: through the agent's `generate`, against the library's bare loop in this process. */
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import type { Model } from '../agent/inference/model.ts';
import { pebbleFiles, startPebble, system } from '../agent/inference/start-pebble.ts';
import { median } from './figure.ts';

export interface DecodeFigures {
  /** Tokens a second, medians of the rounds. */
  rawTokensPerS: number;
  oursTokensPerS: number;
  /** Median of the rounds' own ratios: both runs of a round see the same machine. */
  ratio: number;
  rounds: number;
  tokensPerRun: number;
}

/** Many short ones: what else the machine does then falls on both of a round. */
const rounds = 41;
export const tokensPerAnswer = 100;
/** Numbers that Pebble repeats and then doesn't stop. */
const text = `Say: ${Array.from({ length: 60 }, (_, i) => `w${(i * 7919) % 1000}`).join(' ')}`;

/** What both are asked. */
export const decodePrompt = [system, { role: 'user', content: text }] as const;

/** Both answer the same prompt greedily, so they write the same tokens. */
export async function decodeBench(): Promise<DecodeFigures> {
  const pebble = await startPebble();
  const raw = await openRaw();
  try {
    const runs: { raw: number; ours: number }[] = [];
    let tokensPerRun = 0;
    for (let round = -1; round < rounds; round += 1) {
      const [first, second] = round % 2 === 0 ? ['raw', 'ours'] : ['ours', 'raw'];
      const run = { raw: 0, ours: 0 };
      for (const which of [first, second]) {
        const { tokens, ms } = which === 'raw' ? await raw.run() : await runOurs(pebble.model);
        tokensPerRun = tokens;
        run[which === 'raw' ? 'raw' : 'ours'] = (tokens / ms) * 1000;
      }
      if (round >= 0) runs.push(run); // the first warms both up
    }
    return {
      rawTokensPerS: median(runs.map((run) => run.raw)),
      oursTokensPerS: median(runs.map((run) => run.ours)),
      ratio: median(runs.map((run) => run.ours / run.raw)),
      rounds,
      tokensPerRun,
    };
  } finally {
    await raw.close();
    await pebble.stop();
  }
}

interface Run {
  tokens: number;
  ms: number;
}

async function runOurs(model: Model): Promise<Run> {
  let startedAt = 0;
  let tokens = 0;
  for await (const event of model.generate(
    { person: 'bench', messages: decodePrompt, maxTokens: tokensPerAnswer },
    new AbortController().signal,
  )) {
    if (event.type === 'delta' && startedAt === 0) startedAt = performance.now();
    if (event.type === 'end') tokens = event.usage.completionTokens;
  }
  return { tokens: tokens - 1, ms: performance.now() - startedAt };
}

export async function openRaw() {
  const llama = await getLlama({ gpu: 'auto', build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 });
  const model = await llama.loadModel({ modelPath: pebbleFiles.chatModel });
  const context = await model.createContext({ sequences: 1, contextSize: 2048, batchSize: 256, threads: 1 });
  const sequence = context.getSequence();
  const prompt = model.tokenize(
    `<|im_start|>system\n${system.content}<|im_end|>\n<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`,
    true,
  );
  return {
    async run(): Promise<Run> {
      await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
      let startedAt = 0;
      let tokens = 0;
      for await (const token of sequence.evaluate(prompt.slice(sequence.nextTokenIndex), {
        temperature: 0,
      })) {
        model.detokenize([token]);
        if (startedAt === 0) startedAt = performance.now();
        tokens += 1;
        if (tokens === tokensPerAnswer) break;
      }
      return { tokens: tokens - 1, ms: performance.now() - startedAt };
    },
    close: () => llama.dispose(),
  };
}

if (import.meta.main) console.table(await decodeBench());
