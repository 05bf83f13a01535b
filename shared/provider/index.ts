import type { Provider } from '../model/provider.ts';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { bedrock } from './bedrock.ts';
import { cohere } from './cohere.ts';
import { custom } from './custom.ts';
import { deepgram } from './deepgram.ts';
import { deepseek } from './deepseek.ts';
import { elevenlabs } from './elevenlabs.ts';
import { gemini } from './gemini.ts';
import { gitlab } from './gitlab.ts';
import { groq } from './groq.ts';
import { lmstudio } from './lmstudio.ts';
import { mistral } from './mistral.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { perplexity } from './perplexity.ts';
import { together } from './together.ts';
import { xai } from './xai.ts';

/** Every provider by id, in the order lists show them; `custom` is the template of the user's own. */
export const providers: Readonly<Record<string, Provider>> = {
  openai,
  anthropic,
  gemini,
  mistral,
  openrouter,
  xai,
  groq,
  deepseek,
  together,
  cohere,
  perplexity,
  azure,
  bedrock,
  deepgram,
  elevenlabs,
  gitlab,
  ollama,
  lmstudio,
  custom,
};

/** Ids of the built-in providers and of the `custom` template. */
export const providerIds: readonly string[] = Object.keys(providers);

/** Id of the data file behind every provider that a user names. */
export const customDefinitionId = custom.id;

/** The data of one provider, or undefined. An inherited property such as `constructor` is not a provider. */
export function findProvider(id: string): Provider | undefined {
  return Object.hasOwn(providers, id) ? providers[id] : undefined;
}
