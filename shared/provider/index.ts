import type { Provider } from '../model/provider.ts';
import { anthropic } from './anthropic.ts';
import { custom } from './custom.ts';
import { gemini } from './gemini.ts';
import { openai } from './openai.ts';

/** Every provider by id, in the order lists show them; `custom` is the template of the user's own. */
export const providers: Readonly<Record<string, Provider>> = {
  openai,
  anthropic,
  gemini,
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
