import { z } from 'zod';
import { alertSchema, watchRuleChangeSchema, watchRuleStatusSchema } from '../model/alert.ts';
import { lazily } from '../model/lazily.ts';

const nothing = lazily(() => z.object({}));

/** The operations on alerts and the rules that raise them; a part of {@link operations}. */
export const watchOperations = lazily(
  () =>
    ({
      /** Newest first. */
      'alert.list': {
        doors: ['ipc', 'cli'],
        input: z.object({ unreadOnly: z.boolean(), limit: z.number().int().min(1).max(1_000) }),
        output: z.array(alertSchema),
      },
      'alert.read': {
        doors: ['ipc', 'cli'],
        input: z.object({ id: z.string().min(1).max(200) }),
        output: z.object({ read: z.number().int() }),
      },
      'alert.readAll': { doors: ['ipc', 'cli'], input: nothing, output: z.object({ read: z.number().int() }) },
      'watch.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(watchRuleStatusSchema) },
      /** What is not named stays; null takes the default back. */
      'watch.set': { doors: ['ipc', 'cli'], input: watchRuleChangeSchema, output: watchRuleStatusSchema },
    }) as const,
);
