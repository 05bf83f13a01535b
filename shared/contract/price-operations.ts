import { z } from 'zod';
import { costExplanationSchema } from '../model/explanation.ts';
import { lazily } from '../model/lazily.ts';
import { ownPriceSchema } from '../model/price.ts';
import {
  listedPriceSchema,
  priceDifferenceSchema,
  priceStateSchema,
  priceUpdateSchema,
} from '../model/price-report.ts';

const nothing = lazily(() => z.object({}));
const model = lazily(() => z.object({ provider: z.string().min(1).max(100), model: z.string().min(1).max(200) }));

/** The operations on prices and costs; a part of {@link operations}. */
export const priceOperations = lazily(
  () =>
    ({
      'usage.explain': {
        doors: ['ipc', 'cli'],
        input: z.object({ requestId: z.string().min(1).max(200) }),
        output: costExplanationSchema,
      },
      'price.read': { doors: ['ipc', 'cli'], input: nothing, output: priceStateSchema },
      /** The prices of one provider, or of all that have a key, whose id or name holds the text. */
      'price.list': {
        doors: ['ipc', 'cli'],
        input: z.object({ provider: z.string().max(100).optional(), text: z.string().max(200).optional() }),
        output: z.array(listedPriceSchema),
      },
      /** The price of a model as it is asked for; rejects with `not_found` when there is none. */
      'price.find': { doors: ['ipc', 'cli'], input: model, output: listedPriceSchema },
      'price.set': { doors: ['ipc', 'cli'], input: ownPriceSchema, output: priceStateSchema },
      'price.unset': { doors: ['ipc', 'cli'], input: model, output: priceStateSchema },
      /** Fetches the newest price list; rejects with `prices_not_updated`. */
      'price.update': { doors: ['ipc', 'cli'], input: nothing, output: priceUpdateSchema },
      /** Compares the list in force with a second one. */
      'price.check': {
        doors: ['ipc', 'cli'],
        input: nothing,
        output: z.object({
          version: z.string(),
          otherVersion: z.string(),
          compared: z.number().int(),
          differences: z.array(priceDifferenceSchema),
        }),
      },
    }) as const,
);
