import { sameProtocolEndpoint, translationEndpoint } from '#main/gateway/state/unified-routes.ts';
import type { CallerDialect } from '#main/gateway/translate/translation.ts';
import { unifiedEndpoints } from '#shared/contract/unified.ts';
import { providers } from '#shared/provider/index.ts';
import { code, page, table } from '../documentation/markdown.ts';
import { answerFeatures } from './answers.ts';
import { features } from './features.ts';
import { dialects, tryAnswer, tryFeature } from './try-pair.ts';

const titles: Readonly<Record<CallerDialect, string>> = {
  'openai-chat': 'OpenAI chat completions',
  'openai-responses': 'OpenAI responses',
  anthropic: 'Anthropic messages',
  gemini: 'Gemini generateContent',
};

const heads = dialects.map((dialect) => `to ${titles[dialect]}`);

async function requestTable(caller: CallerDialect): Promise<string> {
  const rows: string[][] = [];
  for (const feature of features) {
    const words = feature.words[caller];
    if (words === undefined) continue;
    const fates: string[] = [];
    for (const target of dialects) fates.push((await tryFeature(feature, caller, target)) ?? '');
    rows.push([feature.label, code(words.name), ...fates]);
  }
  return table(['asked for', 'named as', ...heads], rows);
}

async function answerTable(caller: CallerDialect): Promise<string> {
  const rows: string[][] = [];
  for (const feature of answerFeatures) {
    const fates: string[] = [];
    for (const target of dialects) {
      const whole = await tryAnswer(feature, { caller, target }, false);
      const streamed = await tryAnswer(feature, { caller, target }, true);
      fates.push(whole === streamed ? whole : `${whole}; streamed ${streamed}`);
    }
    rows.push([feature.label, ...fates]);
  }
  return table(['told by the upstream', ...dialects.map((dialect) => `from ${titles[dialect]}`)], rows);
}

/** Which of its protocols each provider is spoken to in, for each that a caller may speak. */
function providerTable(): string {
  const callable = unifiedEndpoints.filter(({ charged, path }) => charged && !path.includes(':stream'));
  return table(
    ['provider', ...callable.map(({ path }) => code(path))],
    Object.values(providers).map((provider) => [
      provider.name,
      ...callable.map((unified) => {
        const same = sameProtocolEndpoint(provider, unified);
        const translated = translationEndpoint(provider, unified.capability);
        return same !== null ? 'unchanged' : translated === null ? 'none' : (translated.dialect ?? 'none');
      }),
    ]),
  );
}

/** docs/fidelity.md: every feature on every pair, as the translation treats it now. */
export async function fidelityPage(): Promise<string> {
  const sections: string[] = [];
  for (const caller of dialects) {
    sections.push(`## Callers that speak ${titles[caller]}`, await requestTable(caller), await answerTable(caller));
  }
  return page(
    '# What the unified API carries',
    '<!-- Written by test/contract/fidelity, which tries all of it; UPDATE_DOCS=1 npx vitest run --config build/vitest.config.ts test/contract/fidelity renews it. -->',
    'A call to the unified API goes to its provider unchanged, but for the model’s name, where the provider speaks the caller’s protocol. Otherwise it is translated, and this page says what comes of it.',
    [
      '- **unchanged**: the same protocol on both sides; every byte but the model’s name stays.',
      '- **carried**: the provider gets it in its own words.',
      '- **named**: the provider has no word for it. The call goes on without it, and `x-tollkeeper-dropped` in the answer names it as the caller wrote it.',
      '- **refused**: without it the call would mean something else, so it is answered with `invalid_request` and not made.',
      '- **not carried**: the caller’s protocol has no place for what the upstream told.',
    ].join('\n'),
    'Which of these a setting gets may also depend on the model: reasoning models take no temperature, older ones no effort. What a model does not take is named in the answer in the same way. The gateway opens no address that a request names: an image by address is carried where the provider fetches it itself, else refused.',
    '## Which protocol a provider gets',
    providerTable(),
    'Cohere and Ollama have protocols of their own; translated calls take the OpenAI-compatible endpoint that both offer beside it. Text embeddings are translated for Gemini; token ids instead of text are refused. Where Gemini tells no tokens for them, `usage` holds the estimate that the ledger has, counted from the texts. Token counting (`/v1/messages/count_tokens`, `:countTokens`) is translated for OpenAI, Anthropic and Gemini; other providers count nothing in advance.',
    '`/v1/models` and `/v1beta/models` list, in the protocol of whoever asks, the aliases and every model that the token may use, as `provider/model`.',
    '## What travels with a conversation',
    'Some providers want signatures or encrypted thoughts back with the next turn. They travel where the caller’s protocol has a place for its own: `signature` and `redacted_thinking` (Anthropic), `encrypted_content` (OpenAI responses), `thoughtSignature` (Gemini). For the signature that Gemini gives with a tool call, other protocols have none, so it travels in the call’s id. Callers hand all of these back unread. When the conversation moves to another provider they are left out, and named.',
    ...sections,
  );
}
