import { TollkeeperError } from '#shared/model/error.ts';
import { estimateTokens } from '#shared/policy/estimate-tokens.ts';
import { failureFrom } from './failure.ts';
import {
  at,
  isAbsent,
  type JsonRecord,
  listOf,
  type Member,
  objectOf,
  optionalNumber,
  optionalText,
  parseBody,
  textOf,
  unknownMembers,
  unsupported,
} from './members.ts';
import type { Translated, TranslationCall } from './translation.ts';

const carried = new Set(['model', 'input', 'dimensions', 'encoding_format']);
const bytesPerNumber = 4;

/** What an answer holds of the caller's concern. */
interface Embedded {
  readonly vectors: readonly (readonly number[])[];
  /** Null where the upstream tells none. */
  readonly promptTokens: number | null;
}

/**
 * Carries a call of OpenAI's embeddings to Gemini's batchEmbedContents, the one other protocol for them here. OpenAI always tells how
 * many tokens went in; where Gemini does not, the caller gets the estimate that its row has too.
 * https://platform.openai.com/docs/api-reference/embeddings, https://ai.google.dev/api/embeddings
 */
export async function translateEmbeddings(call: TranslationCall): Promise<Translated> {
  const body = parseBody(call.body);
  if (call.target.dialect !== 'gemini') {
    throw new TollkeeperError('unknown_endpoint', 'No translation of embeddings leads to that provider.');
  }
  const texts = readTexts(at(body, 'input'));
  const dimensions = optionalNumber(at(body, 'dimensions'));
  const asBase64 = readFormat(at(body, 'encoding_format'));
  const model = `models/${call.target.model}`;
  const requests = texts.map((text) => ({
    model,
    content: { parts: [{ text }] },
    ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
  }));
  const response = await call.send({
    path: call.target.path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
  });
  const text = await response.text();
  if (!response.ok) {
    return failureFrom(response, text, { shape: 'openai', requestId: call.requestId });
  }
  const { vectors, promptTokens } = readEmbedded(text);
  const usedTokens = promptTokens ?? estimateTokens(call.body);
  const answer = JSON.stringify(writeList(vectors, { model: call.target.model, asBase64, usedTokens }));
  return {
    kind: 'answer',
    contentType: 'application/json; charset=utf-8',
    dropped: unknownMembers(body, carried),
    body: (async function* () {
      yield answer;
    })(),
  };
}

function readTexts(member: Member): readonly string[] {
  if (typeof member.value === 'string') {
    return [member.value];
  }
  const inputs = listOf(member);
  if (inputs.length === 0 || inputs.some(({ value }) => typeof value !== 'string')) {
    throw unsupported(member, 'must be a text or a list of texts: token ids mean nothing to another provider.');
  }
  return inputs.map(textOf);
}

function readFormat(member: Member): boolean {
  const format = optionalText(member) ?? 'float';
  if (format !== 'float' && format !== 'base64') {
    throw unsupported(member, 'must be `float` or `base64`.');
  }
  return format === 'base64';
}

function readEmbedded(text: string): Embedded {
  const root = parseBody(Buffer.from(text));
  const vectors = listOf(at(root, 'embeddings')).map((entry) => {
    const values = isAbsent(entry) ? null : objectOf(entry).values;
    return Array.isArray(values) ? values.filter((value) => typeof value === 'number') : [];
  });
  const usage = at(root, 'usageMetadata');
  const told = isAbsent(usage) ? null : objectOf(usage).promptTokenCount;
  return { vectors, promptTokens: typeof told === 'number' ? told : null };
}

function writeList(
  vectors: readonly (readonly number[])[],
  { model, asBase64, usedTokens }: { readonly model: string; readonly asBase64: boolean; readonly usedTokens: number },
): JsonRecord {
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asBase64 ? base64Of(vector) : vector,
    })),
    model,
    usage: { prompt_tokens: usedTokens, total_tokens: usedTokens },
  };
}

/** Little-endian 32-bit floats, as OpenAI writes them. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * bytesPerNumber);
  for (const [index, value] of vector.entries()) {
    bytes.writeFloatLE(value, index * bytesPerNumber);
  }
  return bytes.toString('base64');
}
