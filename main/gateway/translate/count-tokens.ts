import type { LanguageModelV3CallOptions } from '@ai-sdk/provider';
import { TollkeeperError } from '#shared/model/error.ts';
import type { DialectId } from '#shared/model/provider.ts';
import type { CallerProtocol } from './caller/caller.ts';
import { failureFrom } from './failure.ts';
import { at, either, isAbsent, type JsonRecord, type Member, parseBody } from './members.ts';
import { PromptFitter } from './target/fit-prompt.ts';
import type { TargetProtocol } from './target/target.ts';
import type { Translated, TranslationCall } from './translation.ts';

/** How one protocol counts the tokens of a request that it would answer. */
interface CountProtocol {
  /** Members of such a request that its counting takes. */
  readonly members: readonly string[];
  wrap(request: JsonRecord, model: string): JsonRecord;
  /** Where its answer has the count. */
  readonly count: string;
}

const counting: Readonly<Partial<Record<DialectId, CountProtocol>>> = {
  anthropic: {
    members: ['model', 'system', 'messages', 'tools', 'tool_choice', 'thinking', 'output_config'],
    wrap: (request) => request,
    count: 'input_tokens',
  },
  'openai-responses': {
    members: ['model', 'input', 'instructions', 'tools', 'tool_choice', 'text', 'reasoning', 'parallel_tool_calls'],
    wrap: (request) => request,
    count: 'input_tokens',
  },
  gemini: {
    members: ['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig'],
    wrap: (request, model) => ({ generateContentRequest: { model: `models/${model}`, ...request } }),
    count: 'totalTokens',
  },
};

/** Carries a call that counts a request's tokens; the request is translated as if it were to be answered, and then only counted. */
export async function translateCount(
  call: TranslationCall,
  protocol: CallerProtocol,
  target: TargetProtocol,
): Promise<Translated> {
  const way = counting[call.target.dialect];
  if (way === undefined) {
    throw new TollkeeperError('unknown_endpoint', 'This provider does not count tokens.');
  }
  const neutral = protocol.read(requestIn(parseBody(call.body)), { streamed: false });
  const { prompt } = new PromptFitter(call.target.dialect, target).fit(neutral.options.prompt);
  const { missing: _missing, ...own } = target.options(neutral, call.target.model);
  const written = await writtenBy(target, call, { ...neutral.options, ...own, prompt });
  const request = target.amend === null ? written : target.amend(written, neutral);
  const counted = Object.fromEntries(Object.entries(request).filter(([key]) => way.members.includes(key)));
  const response = await call.send({
    path: call.target.path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(way.wrap(counted, call.target.model)),
  });
  const text = await response.text();
  if (!response.ok) {
    return failureFrom(response, text, { shape: protocol.errorShape, requestId: call.requestId });
  }
  const tokens = at(parseBody(Buffer.from(text)), way.count).value;
  const answer = JSON.stringify(protocol.errorShape === 'gemini' ? { totalTokens: tokens } : { input_tokens: tokens });
  return {
    kind: 'answer',
    contentType: 'application/json; charset=utf-8',
    dropped: [],
    body: (async function* () {
      yield answer;
    })(),
  };
}

/** Gemini's counting takes the contents alone or a whole request. */
function requestIn(body: Member): Member {
  const whole = either(body, 'generateContentRequest');
  return isAbsent(whole) ? body : { value: whole.value, name: '' };
}

/** The request that a provider package would send; none is sent. */
async function writtenBy(
  target: TargetProtocol,
  call: TranslationCall,
  options: LanguageModelV3CallOptions,
): Promise<JsonRecord> {
  let written: JsonRecord = {};
  const caught = new TollkeeperError('internal', 'A request that is only counted is not sent.');
  const model = await target.load({
    model: call.target.model,
    fetch: (_url, init) => {
      written = JSON.parse(String(init?.body)) as JsonRecord;
      return Promise.reject(caught);
    },
  });
  await model.doGenerate(options).then(undefined, (error: unknown) => {
    if (error !== caught) {
      throw error;
    }
  });
  return written;
}
