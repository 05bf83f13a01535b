import type { TollkeeperError } from '#shared/model/error.ts';
import type { SessionProtocolId } from '#shared/model/provider.ts';
import { asRecord, type UnknownRecord } from '../dialect/fields.ts';
import { writeError } from '../dialect/write-error.ts';

/** What is particular to one protocol of live sessions. */
export interface SessionProtocol {
  /** `by-message`: each call is a message of the caller's. `at-will`: the upstream answers when it thinks fit, such as after a pause in speech. */
  readonly calls: 'by-message' | 'at-will';
  /** A server message that tells usage, or anything else that is read here, has one of these in it. */
  readonly marks: readonly Buffer[];
  /** `call`: each told usage is one call's and adds to the others. `turn`: within a turn the last one holds. */
  readonly usageIsPer: 'call' | 'turn';
  /** True for a server message after which a new turn begins. */
  readonly endsTurn: (message: UnknownRecord) => boolean;
  /** The model behind a server message's usage where it is another than the session's; undefined for the session's own. */
  readonly otherModel: (message: UnknownRecord, transcription: string | null) => string | null | undefined;
  /** The models that a message of either side names. */
  readonly modelsIn: (message: UnknownRecord) => readonly string[];
  /** The one that a server message says speech is written down with; undefined where it says nothing of it. */
  readonly transcriptionIn: (message: UnknownRecord) => string | null | undefined;
  /** Most output tokens of one call. */
  readonly mostOutputTokens: number;
  /** The most input tokens that a caller's message can add to a call, by its bytes. */
  readonly inputTokens: (bytes: Buffer) => number;
  /** An error made here as a message of the protocol; null where it has none, and only a close can tell. */
  readonly writeError: (error: TollkeeperError, requestId: string) => string | null;
}

const bytesPerTextToken = 3;
/** Fewest bytes of a token's worth of sound as it is sent: eight kilobytes a second, ten tokens a second, base64. */
const bytesPerSoundToken = 1_000;
const tokensPerPicture = 300;
const soundMark = Buffer.from('input_audio_buffer.append');
const mediaMark = Buffer.from('realtimeInput');

function strings(...values: readonly unknown[]): readonly string[] {
  return values.filter((value): value is string => typeof value === 'string');
}

function textTokens(bytes: Buffer): number {
  return Math.ceil(bytes.length / bytesPerTextToken);
}

function openAiError(error: TollkeeperError, requestId: string): string {
  const { body } = writeError(
    'openai',
    { code: error.code, message: error.message },
    { requestId, status: error.status },
  );
  return JSON.stringify({ type: 'error', status: error.status, ...asRecord(JSON.parse(body)) });
}

/** Where a realtime session says how speech is written down: today's form, and the beta's. */
function transcriptionModel(session: UnknownRecord): unknown {
  const today = asRecord(asRecord(asRecord(session.audio).input).transcription).model;
  return today ?? asRecord(session.input_audio_transcription).model;
}

function never(): false {
  return false;
}

const openAiRealtime: SessionProtocol = {
  calls: 'at-will',
  marks: ['"usage"', '"session.created"', '"session.updated"'].map((text) => Buffer.from(text)),
  usageIsPer: 'call',
  endsTurn: never,
  otherModel: (message, transcription) =>
    String(message.type).includes('input_audio_transcription') ? transcription : undefined,
  modelsIn: (message) => {
    const session = asRecord(message.session);
    return strings(session.model, transcriptionModel(session));
  },
  transcriptionIn: (message) => {
    if (message.type !== 'session.created' && message.type !== 'session.updated') {
      return undefined;
    }
    const model = transcriptionModel(asRecord(message.session));
    return typeof model === 'string' ? model : null;
  },
  mostOutputTokens: 4_096,
  inputTokens: (bytes) =>
    bytes.includes(soundMark) ? Math.ceil(bytes.length / bytesPerSoundToken) : textTokens(bytes),
  writeError: openAiError,
};

const openAiResponses: SessionProtocol = {
  calls: 'by-message',
  marks: [Buffer.from('"usage"')],
  usageIsPer: 'call',
  endsTurn: never,
  otherModel: () => undefined,
  modelsIn: (message) => strings(message.model, asRecord(message.response).model),
  transcriptionIn: () => undefined,
  mostOutputTokens: 16_384,
  inputTokens: textTokens,
  writeError: openAiError,
};

const geminiLive: SessionProtocol = {
  calls: 'at-will',
  marks: ['"usageMetadata"', '"turnComplete"'].map((text) => Buffer.from(text)),
  usageIsPer: 'turn',
  endsTurn: (message) => asRecord(message.serverContent).turnComplete === true,
  otherModel: () => undefined,
  modelsIn: (message) => strings(asRecord(message.setup).model).map((model) => model.replace(/^models\//, '')),
  transcriptionIn: () => undefined,
  mostOutputTokens: 8_192,
  inputTokens: (bytes) =>
    bytes.includes(mediaMark) ? Math.ceil(bytes.length / bytesPerSoundToken) + tokensPerPicture : textTokens(bytes),
  writeError: () => null,
};

/** Every protocol of live sessions. */
export const sessionProtocols: Readonly<Record<SessionProtocolId, SessionProtocol>> = {
  'openai-realtime': openAiRealtime,
  'openai-responses': openAiResponses,
  'gemini-live': geminiLive,
};

/** A message as an object; null when it is none. Gemini sends its JSON in binary frames. */
export function parseMessage(bytes: Buffer): UnknownRecord | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as UnknownRecord) : null;
  } catch {
    return null;
  }
}
