import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3StreamPart,
  SharedV3Warning,
} from '@ai-sdk/provider';
import { TollkeeperError } from '#shared/model/error.ts';
import type { DialectId } from '#shared/model/provider.ts';
import { anthropic } from './caller/anthropic/anthropic.ts';
import type { CallerProtocol, WriteContext } from './caller/caller.ts';
import { gemini } from './caller/gemini/gemini.ts';
import { openAiChat } from './caller/openai-chat/openai-chat.ts';
import { openAiResponses } from './caller/openai-responses/openai-responses.ts';
import { translateCount } from './count-tokens.ts';
import { warnedDrops } from './drops.ts';
import { translateEmbeddings } from './embeddings.ts';
import { complaintOf, failureOf, streamFailure } from './failure.ts';
import { type JsonRecord, parseBody } from './members.ts';
import type { NeutralCall } from './neutral-call.ts';
import { anthropicTarget } from './target/anthropic.ts';
import { PromptFitter } from './target/fit-prompt.ts';
import { geminiTarget } from './target/gemini.ts';
import { ModelShelf } from './target/model-shelf.ts';
import { openAiChatTarget } from './target/openai-chat.ts';
import { openAiResponsesTarget } from './target/openai-responses.ts';
import type { TargetProtocol } from './target/target.ts';
import type { Translate, Translated, TranslationCall } from './translation.ts';

const callers: Readonly<Partial<Record<DialectId, CallerProtocol>>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  anthropic,
  gemini,
};

const targets: Readonly<Partial<Record<DialectId, TargetProtocol>>> = {
  'openai-chat': openAiChatTarget,
  'openai-responses': openAiResponsesTarget,
  anthropic: anthropicTarget,
  gemini: geminiTarget,
};

/** What paths end in that only count a request's tokens. */
const counts = /(?:count_tokens|:countTokens)$/;

const shelf = new ModelShelf();

/** Headers that a provider package may send; the rest is the pipeline's. */
const passed = new Set(['content-type', 'anthropic-beta']);

/** Parts of a stream that come before anything is said. */
const preliminary: ReadonlySet<LanguageModelV3StreamPart['type']> = new Set([
  'stream-start',
  'response-metadata',
  'raw',
]);

/** A call on its way, with everything that its answer needs. */
interface Job {
  readonly call: TranslationCall;
  readonly protocol: CallerProtocol;
  readonly neutral: NeutralCall;
  readonly context: WriteContext;
  readonly dropped: readonly string[];
}

/** Carries one call to an upstream of another protocol, and its answer back. */
export const translate: Translate = (call) =>
  call.capability === 'embeddings' ? translateEmbeddings(call) : translateChat(call);

async function translateChat(call: TranslationCall): Promise<Translated> {
  const protocol = callers[call.caller];
  const target = targets[call.target.dialect];
  if (protocol === undefined || target === undefined) {
    throw new TollkeeperError('unknown_endpoint', 'No translation leads from this path to that provider.');
  }
  if (counts.test(call.suffix)) {
    return translateCount(call, protocol, target);
  }
  const body = parseBody(call.body);
  const neutral = protocol.read(body, { streamed: call.suffix === ':streamGenerateContent' });
  const { prompt, dropped } = new PromptFitter(call.target.dialect, target).fit(neutral.options.prompt);
  const { missing, ...own } = target.options(neutral, call.target.model);
  const wire = new Wire(call, target, neutral);
  const outlet = shelf.open((request) => wire.send(request));
  const model = await shelf.model(target, call.target.model);
  const job: Job = {
    ...{ call, protocol, neutral },
    context: {
      ...{ call: neutral, body, model: call.target.model, target: call.target.dialect },
      ...{ startedAt: call.now(), newId: call.newId },
      asArray: neutral.stream && !/(?:^|&)alt=sse(?:&|$)/.test(call.query),
    },
    dropped: [...neutral.dropped, ...dropped, ...missing.flatMap((feature) => neutral.names[feature] ?? [])],
  };
  const options = { ...neutral.options, ...own, prompt, headers: outlet.headers, abortSignal: call.signal };
  try {
    return await (neutral.stream ? answerStream(job, model, options) : answerWhole(job, model, options));
  } catch (error) {
    if (wire.failure !== null) {
      throw wire.failure.error;
    }
    return failureOf(error, { shape: protocol.errorShape, requestId: call.requestId });
  } finally {
    outlet.close();
  }
}

/** The one way out: what a provider package would send to an address of its own goes through the pipeline. */
class Wire {
  /** Why there was no answer at all. */
  failure: { readonly error: unknown } | null = null;
  readonly #call: TranslationCall;
  readonly #target: TargetProtocol;
  readonly #neutral: NeutralCall;

  constructor(call: TranslationCall, target: TargetProtocol, neutral: NeutralCall) {
    this.#call = call;
    this.#target = target;
    this.#neutral = neutral;
  }

  async send(written: RequestInit): Promise<Response> {
    const { amend, path } = this.#target;
    const text = String(written.body);
    const body = amend === null ? text : JSON.stringify(amend(JSON.parse(text) as JsonRecord, this.#neutral));
    const headers = [...new Headers(written.headers)].filter(([name]) => passed.has(name));
    try {
      return await this.#call.send({
        path: path(this.#call.target.path, this.#neutral.stream),
        headers: Object.fromEntries(headers),
        body,
      });
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

function namesOf(job: Job, warnings: readonly SharedV3Warning[]): readonly string[] {
  return [...new Set([...job.dropped, ...warnedDrops(warnings, job.neutral)])];
}

async function answerWhole(job: Job, model: LanguageModelV3, options: LanguageModelV3CallOptions): Promise<Translated> {
  const result = await model.doGenerate(options);
  const text = JSON.stringify(job.protocol.document(result, job.context));
  return {
    kind: 'answer',
    contentType: 'application/json; charset=utf-8',
    dropped: namesOf(job, result.warnings),
    body: (async function* () {
      yield text;
    })(),
  };
}

async function answerStream(
  job: Job,
  model: LanguageModelV3,
  options: LanguageModelV3CallOptions,
): Promise<Translated> {
  const { stream } = await model.doStream(options);
  const parts = untilEnd(stream);
  const first: LanguageModelV3StreamPart[] = [];
  const warnings: SharedV3Warning[] = [];
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    const part = next.value;
    if (part.type === 'error') {
      await parts.return(undefined);
      return streamFailure(part.error, { shape: job.protocol.errorShape, requestId: job.call.requestId });
    }
    first.push(part);
    warnings.push(...(part.type === 'stream-start' ? part.warnings : []));
    if (!preliminary.has(part.type)) {
      break;
    }
  }
  return {
    kind: 'answer',
    contentType: job.context.asArray && job.protocol.errorShape === 'gemini' ? 'application/json' : 'text/event-stream',
    dropped: namesOf(job, warnings),
    body: written(job, first, parts),
  };
}

/** The parts of a stream; one that ends without telling why, which is how a cut looks from here, ends in an error. */
async function* untilEnd(stream: ReadableStream<LanguageModelV3StreamPart>): AsyncGenerator<LanguageModelV3StreamPart> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const part = next.value;
      if (part.type === 'finish' && part.finishReason.unified === 'other' && part.finishReason.raw === undefined) {
        break;
      }
      yield part;
      if (part.type === 'finish') {
        return;
      }
    }
    yield { type: 'error', error: 'The provider’s answer was cut short.' };
  } finally {
    await reader.cancel();
  }
}

async function* written(
  job: Job,
  first: readonly LanguageModelV3StreamPart[],
  rest: AsyncIterable<LanguageModelV3StreamPart>,
): AsyncGenerator<string> {
  const writer = job.protocol.stream(job.context);
  yield writer.open() + first.map((part) => writer.part(part)).join('');
  for await (const part of rest) {
    if (part.type === 'error') {
      job.call.onBroken();
      yield writer.fail(complaintOf(part.error).message);
      return;
    }
    const text = writer.part(part);
    if (text !== '') {
      yield text;
    }
  }
  yield writer.close();
}
