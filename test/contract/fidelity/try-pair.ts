import type { CallerDialect } from '#main/gateway/translate/translation.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { events, json, tryCall } from '#test/fakes/translated-call.ts';
import { type AnswerFeature, answers, refusals } from './answers.ts';
import { type Feature, plainRequests } from './features.ts';

/** The protocols, in the order of the page. */
export const dialects: readonly CallerDialect[] = ['openai-chat', 'openai-responses', 'anthropic', 'gemini'];

/** What became of a feature on one pair. `lost` means that it vanished without being named, which must not be. */
export type Fate = 'unchanged' | 'carried' | 'named' | 'refused' | 'lost';

const plainModels: Readonly<Record<CallerDialect, string>> = {
  'openai-chat': 'some-model',
  'openai-responses': 'gpt-4.1',
  anthropic: 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
};
const reasoningModels: Readonly<Record<CallerDialect, string>> = { ...plainModels, 'openai-responses': 'gpt-5' };

const suffixOf = (caller: CallerDialect, stream: boolean): string =>
  caller === 'gemini' ? (stream ? ':streamGenerateContent' : ':generateContent') : '';

/** Tries one feature of a request on one pair; null where the caller's protocol has no word for it. */
export async function tryFeature(feature: Feature, caller: CallerDialect, target: CallerDialect): Promise<Fate | null> {
  const words = feature.words[caller];
  if (words === undefined) return null;
  if (caller === target) return 'unchanged';
  const stream = feature.stream === true;
  const { whole, stream: pieces } = answers[target]('stop');
  try {
    const { sent, answer } = await tryCall({
      ...{ caller, target, suffix: suffixOf(caller, stream), query: stream ? 'alt=sse' : '' },
      body: { ...plainRequests[caller], ...words.members },
      model: (feature.reasoning === true ? reasoningModels : plainModels)[target],
      answer: stream ? events(...pieces) : json(whole),
    });
    const dropped = answer.kind === 'answer' ? answer.dropped : [];
    const [request] = sent;
    const seen = feature.seen instanceof RegExp ? feature.seen : feature.seen[target];
    if (seen.test(JSON.stringify(request?.body) + request?.path))
      return dropped.includes(words.name) ? 'lost' : 'carried';
    return dropped.includes(words.name) ? 'named' : 'lost';
  } catch (error) {
    if (error instanceof TollkeeperError && error.code === 'invalid_request') return 'refused';
    throw error;
  }
}

/** Tries what an answer tells, whole or as a stream. */
export async function tryAnswer(
  feature: AnswerFeature,
  pair: { readonly caller: CallerDialect; readonly target: CallerDialect },
  stream: boolean,
): Promise<'unchanged' | 'carried' | 'not carried'> {
  const { caller, target } = pair;
  if (caller === target) return 'unchanged';
  const { whole, stream: pieces } = answers[target](feature.reason);
  const flags = caller === 'gemini' ? {} : { stream, stream_options: { include_usage: true } };
  const { text } = await tryCall({
    ...{ caller, target, suffix: suffixOf(caller, stream), query: stream ? 'alt=sse' : '' },
    body: { ...plainRequests[caller], ...flags },
    model: reasoningModels[target],
    answer: stream ? events(...pieces) : json(whole),
  });
  const joined = text.replace(/"partial_json":"|\\"/g, '"');
  return shown(feature, caller, joined) ? 'carried' : 'not carried';
}

/** Deltas of a stream have other names than the whole, so a stream shows what is whole in it, or its deltas. */
function shown(feature: AnswerFeature, caller: CallerDialect, text: string): boolean {
  return feature.shown[caller].test(text);
}

/** The status and error that a caller gets when the upstream is over its limit. */
export async function tryRefusal(
  caller: CallerDialect,
  target: CallerDialect,
): Promise<{ readonly status: number; readonly retryAfter: string | null; readonly text: string }> {
  const refusal = new Response(JSON.stringify(refusals[target]), { status: 429, headers: { 'retry-after': '7' } });
  const { answer, text } = await tryCall({ caller, target, body: plainRequests[caller], answer: refusal });
  return answer.kind === 'failure'
    ? { status: answer.status, retryAfter: answer.retryAfter, text }
    : { status: 200, retryAfter: null, text };
}
