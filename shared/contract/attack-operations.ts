import { z } from 'zod';
import { lazily } from '../model/lazily.ts';

const nothing = lazily(() => z.object({}));

/** The operations that `toll doctor --attack` needs; a part of the table in operations.ts. One attack runs at a time. */
export const attackOperations = lazily(
  () =>
    ({
      /**
       * Makes a provider of the caller's own stand-in, with a key that is good nowhere, and grants for it alone. They end with
       * `attack.end`, with the caller's connection, or after two minutes.
       */
      'attack.begin': {
        doors: ['cli'],
        input: z.object({
          origin: z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/),
          /** RFC 7638, of the key that one of the tokens is bound to. */
          keyThumbprint: z.string().regex(/^[\w-]{43}$/),
        }),
        output: z.object({
          /** Id of the provider in the gateway's paths. */
          provider: z.string(),
          /** What the stand-in is sent as its key. */
          key: z.string(),
          tokens: z.object({
            plain: z.string(),
            once: z.string(),
            /** Bound to another process than the caller. */
            bound: z.string(),
            /** Bound to the caller's key. */
            proven: z.string(),
            ended: z.string(),
          }),
        }),
      },
      'attack.end': { doors: ['cli'], input: nothing, output: nothing },
      /** Looks for every secret there is in what is written down, and tells where one stands, never which text it is. */
      'attack.search': {
        doors: ['cli'],
        input: nothing,
        output: z.object({ searched: z.number().int(), found: z.array(z.string()) }),
      },
    }) as const,
);
