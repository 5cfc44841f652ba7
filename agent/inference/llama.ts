/** Driver for node-llama-cpp: the weights in memory, the sequences of one context as lanes, the embedder beside them. */
import {
  type EvaluationPriority,
  getLlama,
  type Llama as Library,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaEmbeddingContext,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaModel,
  LlamaVocabularyType,
  type Token,
} from 'node-llama-cpp';
import { createBarrier } from './barrier.ts';
import { createBatching } from './batching.ts';
import { unitVector } from './unit-vector.ts';

export type { Token };
/** A grammar and how far the text has come in it; one for each answer. */
export type GrammarState = LlamaGrammarEvaluationState;

export interface LoadOptions {
  chatModel: string;
  /** A LoRA file. */
  adapter?: string;
  embedModel: string;
  threads: number;
  sequences: number;
  contextTokens: number;
  gpu: 'auto' | 'cuda' | 'vulkan' | 'metal' | false;
}

export interface Sampling {
  temperature: number;
  topP: number;
  seed: number;
  /** Asked before every token. */
  grammar(): GrammarState | undefined;
}

/** An answer being written into a lane. */
export interface Writing {
  /** The next token, undefined when the model has ended; `instead`: evaluate these rather than the last token. */
  next(instead?: Token[]): Promise<Token | undefined>;
  stop(): Promise<void>;
}

/** One sequence of the context: tokens that are evaluated and can be continued. */
export interface Lane {
  readonly id: number;
  length(): number;
  /** How many tokens at the beginning are the same. */
  common(tokens: readonly Token[]): number;
  /** Keeps the first `length` tokens. */
  cut(length: number): Promise<void>;
  read(tokens: Token[]): Promise<void>;
  write(tokens: Token[], sampling: Sampling): Writing;
  save(file: string): Promise<void>;
  load(file: string): Promise<void>;
}

export interface Llama {
  readonly lanes: readonly Lane[];
  readonly contextTokens: number;
  readonly dimensions: number;
  /** Which device and build of llama.cpp, for the log. */
  readonly runsOn: string;
  /** Besides the weights, what a saved lane depends on. */
  readonly cacheFormat: string;
  readonly chatTemplate: string | undefined;
  readonly bos: string;
  readonly eos: string;
  /** @param special whether the spelling of a special token becomes that token */
  tokenize(text: string, special: boolean): Token[];
  /** The first tokens of a prompt, for models that want one before everything. */
  beginning(): Token[];
  textOf(tokens: readonly Token[], before: readonly Token[], special: boolean): string;
  isControl(token: Token): boolean;
  grammar(gbnf: string): Promise<GrammarState>;
  embed(text: string): Promise<Float32Array>;
  /** A lane that reads or writes counts as active from here until the returned function is called. */
  activate(): () => void;
  passes(): number;
  close(): Promise<void>;
}

export async function loadLlama(options: LoadOptions): Promise<Llama> {
  const library = await openLibrary(options);
  const [chat, embedder] = await Promise.all([
    library.loadModel({ modelPath: options.chatModel }),
    library.loadModel({ modelPath: options.embedModel }),
  ]);
  let active = 0;
  const batching = createBatching(() => active);
  const context = await chat.createContext({
    sequences: options.sequences,
    contextSize: options.contextTokens,
    batchSize: batchTokens,
    ...(options.adapter === undefined ? {} : { lora: options.adapter }),
    threads: options.threads,
    // Layers with a sliding window keep what lies behind it: else a prompt can't be continued from before its end.
    swaFullCache: true,
    // Not by way of the event loop, as usual: that is a pause after every token, and the strategy waits by itself.
    batching: { itemPrioritizationStrategy: batching.strategy, dispatchSchedule: queueMicrotask },
  });
  const embeddings = await embedder.createEmbeddingContext({
    threads: options.threads,
    contextSize: Math.min(embedder.trainContextSize, mostEmbeddedTokens),
  });
  const barrier = createBarrier();
  return {
    lanes: Array.from({ length: options.sequences }, (_, id) =>
      createLane(context.getSequence(), id, barrier),
    ),
    contextTokens: context.contextSize,
    dimensions: embedder.embeddingVectorSize,
    runsOn: `${library.gpu || 'cpu'}, ${library.buildType}, llama.cpp ${library.llamaCppRelease.release}`,
    cacheFormat: cacheFormat(library, context),
    ...vocabulary(chat),
    async grammar(gbnf) {
      return new LlamaGrammarEvaluationState({
        model: chat,
        grammar: await library.createGrammar({ grammar: gbnf }),
      });
    },
    embed: (text) => embed(embedder, embeddings, text),
    activate() {
      active += 1;
      return () => {
        active -= 1;
      };
    },
    passes: batching.passes,
    async close() {
      await context.dispose();
      await embeddings.dispose();
      await library.dispose();
    },
  };
}

/** Half the library's: its working memory grows with this times the vocabulary. */
const batchTokens = 256;
/** As embedders are trained, and a quarter of the memory that 2,048 would take. */
const mostEmbeddedTokens = 512;

async function openLibrary({ gpu, threads }: LoadOptions): Promise<Library> {
  const common = {
    logLevel: LlamaLogLevel.error,
    maxThreads: threads,
    progressLogs: false,
    skipDownload: true,
  } as const;
  // There is no prebuilt CUDA for arm64: there it is the build that the image brought, never silently the processor.
  const local = gpu !== 'auto' && gpu !== false && process.arch === 'arm64';
  const library = local
    ? await getLlama('lastBuild', common)
    : await getLlama({ ...common, gpu, build: 'never' });
  if (gpu !== 'auto' && library.gpu !== gpu) {
    throw new Error(
      `${gpu || 'The processor alone'} was asked for, but llama.cpp runs on ${library.gpu || 'the processor'}`,
    );
  }
  return library;
}

function cacheFormat(library: Library, context: LlamaContext): string {
  const { contextSize, kvCacheKeyType, kvCacheValueType } = context;
  return [library.llamaCppRelease.release, library.gpu, contextSize, kvCacheKeyType, kvCacheValueType].join(
    ' ',
  );
}

function vocabulary(model: LlamaModel) {
  const { tokens } = model;
  // Byte-level vocabularies need no neighbours to know where the spaces are.
  const looksBack = model.vocabularyType === LlamaVocabularyType.spm;
  return {
    chatTemplate: model.fileInfo.metadata.tokenizer.chat_template,
    bos: tokens.bosString ?? '',
    eos: tokens.eosString ?? '',
    tokenize: (text: string, special: boolean): Token[] =>
      looksBack ? model.tokenize(text, special, 'trimLeadingSpace') : model.tokenize(text, special),
    beginning: (): Token[] => (tokens.shouldPrependBosToken && tokens.bos !== null ? [tokens.bos] : []),
    textOf: (of: readonly Token[], before: readonly Token[], special: boolean): string =>
      model.detokenize(of, special, looksBack ? before : undefined),
    isControl: (token: Token): boolean => model.getTokenAttributes(token).control,
  };
}

function createLane(
  sequence: LlamaContextSequence,
  id: number,
  barrier: ReturnType<typeof createBarrier>,
): Lane {
  // The batching strategy is given no sequence, only this number; the type admits 1 to 5, the library any.
  const evaluationPriority = (id + 1) as EvaluationPriority;
  return {
    id,
    length: () => sequence.nextTokenIndex,
    common: (tokens) =>
      Math.min(tokens.length, sequence.compareContextTokens([...tokens]).firstDifferentIndex),
    async cut(length) {
      const end = sequence.nextTokenIndex;
      if (length < end) await barrier.alone(() => sequence.eraseContextTokenRanges([{ start: length, end }]));
    },
    async read(tokens) {
      await barrier.opened();
      await sequence.evaluateWithoutGeneratingNewTokens(tokens, { evaluationPriority });
    },
    write(tokens, sampling) {
      const { temperature, topP, seed, grammar } = sampling;
      const options = {
        temperature,
        topP,
        seed,
        grammarEvaluationState: grammar,
        topK: 40,
        evaluationPriority,
      };
      const written = sequence.evaluateWithMetadata(tokens, {}, options);
      return {
        async next(instead) {
          if (barrier.isShut()) await barrier.opened(); // no promise for each token
          const { value, done } = await written.next(instead);
          return done ? undefined : value.token;
        },
        async stop() {
          await written.return();
        },
      };
    },
    async save(file) {
      await barrier.alone(() => sequence.saveStateToFile(file));
    },
    async load(file) {
      await barrier.alone(() => sequence.loadStateFromFile(file, { acceptRisk: true }));
    },
  };
}

async function embed(model: LlamaModel, context: LlamaEmbeddingContext, text: string): Promise<Float32Array> {
  // One place each is taken by the tokens that some models want around the text, one by the library.
  const tokens = model.tokenize(text).slice(0, mostEmbeddedTokens - 3);
  const end = model.tokens.eos ?? model.tokens.bos;
  const input = tokens.length > 0 || end === null ? tokens : [end];
  return unitVector((await context.getEmbeddingFor(input)).vector);
}
