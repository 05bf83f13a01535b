import { z } from 'zod';
import { lazily } from './lazily.ts';

/** What a capability lets a tool do, in the words the prompt uses. */
export const capabilities = {
  chat: { phrase: 'Chat with', label: 'Chat' },
  embeddings: { phrase: 'Create embeddings at', label: 'Embeddings' },
  images: { phrase: 'Create images at', label: 'Images' },
  audio: { phrase: 'Use speech at', label: 'Audio' },
  realtime: { phrase: 'Talk live with', label: 'Realtime' },
  models: { phrase: 'List the models of', label: 'Models' },
  files: { phrase: 'Read and write files at', label: 'Files' },
  batches: { phrase: 'Run batches at', label: 'Batches' },
} as const;

/** One of the capabilities a scope can name. */
export type Capability = keyof typeof capabilities;

/** A parsed scope token; `*` stands for any. */
export interface Scope {
  readonly provider: string;
  readonly capability: Capability | '*';
  /** Glob over the provider's model ids; null allows every model. */
  readonly model: string | null;
}

/** One scope token, `PROVIDER:CAPABILITY[:MODEL-GLOB]`. RFC 6749 section 3.3 limits the characters. */
export const scopePattern =
  /^(?:\*|[a-z][a-z0-9-]{0,31}):(?:\*|chat|embeddings|images|audio|realtime|models|files|batches)(?::[A-Za-z0-9._*/@:+-]{1,128})?$/;

/** Schema of one scope token. */
export const scopeTokenSchema = lazily(() =>
  z
    .string()
    .max(200)
    .regex(
      scopePattern,
      'A scope is PROVIDER:CAPABILITY or PROVIDER:CAPABILITY:MODEL-GLOB, such as openai:chat:gpt-5*',
    ),
);

/** Schema of a non-empty list of scope tokens. */
export const scopeListSchema = lazily(() => z.array(scopeTokenSchema).min(1).max(32));
