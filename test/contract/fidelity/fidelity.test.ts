import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerFeatures } from './answers.ts';
import { features } from './features.ts';
import { fidelityPage } from './page.ts';
import { dialects, tryAnswer, tryFeature, tryRefusal } from './try-pair.ts';

const pairs = dialects.flatMap((caller) =>
  dialects.filter((target) => target !== caller).map((target) => ({ caller, target })),
);
const errorShapes = {
  'openai-chat': { error: { message: 'limit-mark', type: 'rate_limit_error' } },
  'openai-responses': { error: { message: 'limit-mark', type: 'rate_limit_error' } },
  anthropic: { type: 'error', error: { type: 'rate_limit_error', message: 'limit-mark' } },
  gemini: { error: { code: 429, message: 'limit-mark', status: 'RESOURCE_EXHAUSTED' } },
};

describe.each(pairs)('$caller to $target', ({ caller, target }) => {
  it.each(features.filter((feature) => feature.words[caller] !== undefined))(
    'loses nothing unnamed: $label',
    async (feature) => {
      expect(['carried', 'named', 'refused']).toContain(await tryFeature(feature, caller, target));
    },
  );

  it.each(answerFeatures.filter(({ label }) => ['text', 'parallel tool calls'].includes(label)))(
    'answers with $label, whole and streamed',
    async (feature) => {
      expect(await tryAnswer(feature, { caller, target }, false)).toBe('carried');
      expect(await tryAnswer(feature, { caller, target }, true)).toBe('carried');
    },
  );

  it('tells of a limit with the upstream’s status and the caller’s words', async () => {
    const { status, retryAfter, text } = await tryRefusal(caller, target);
    expect({ status, retryAfter }).toEqual({ status: 429, retryAfter: '7' });
    expect(JSON.parse(text)).toMatchObject(errorShapes[caller]);
  });
});

describe('docs/fidelity.md', () => {
  it('says what the translation does', async () => {
    const file = new URL('../../../docs/fidelity.md', import.meta.url);
    const wanted = await fidelityPage();
    if (process.env.UPDATE_DOCS === '1') writeFileSync(file, wanted);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(wanted);
  });
});
