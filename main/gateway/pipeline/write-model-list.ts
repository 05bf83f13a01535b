import type { Exchange } from './exchange.ts';

/** A model that a token may use. */
export interface ListedModel {
  /** As the unified API takes it. */
  readonly id: string;
  readonly owner: string;
}

/** Providers do not tell when a model was made in a way that all three protocols could repeat. */
const made = '1970-01-01T00:00:00Z';

/**
 * A list of models in the caller's protocol: Gemini's below `/v1beta`, Anthropic's for a caller that names a version of it, else
 * OpenAI's.
 */
export function writeModelList(models: readonly ListedModel[], exchange: Exchange): string {
  if (exchange.errorShape === 'gemini') {
    return JSON.stringify({
      models: models.map(({ id }) => ({
        ...{ name: `models/${id}`, displayName: id },
        supportedGenerationMethods: ['generateContent', 'streamGenerateContent'],
      })),
    });
  }
  if (speaksAnthropic(exchange)) {
    return JSON.stringify({
      data: models.map(({ id }) => ({ type: 'model', id, display_name: id, created_at: made })),
      ...{ has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null },
    });
  }
  return JSON.stringify({
    object: 'list',
    data: models.map(({ id, owner }) => ({ id, object: 'model', created: 0, owned_by: owner })),
  });
}

function speaksAnthropic({ headers }: Exchange): boolean {
  return (
    headers?.passable.some((text, index) => index % 2 === 0 && text.toLowerCase() === 'anthropic-version') ?? false
  );
}
