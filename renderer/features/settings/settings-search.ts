import { z } from 'zod';

/** What the address of Settings holds; anything else in it is dropped. */
export const settingsSearchSchema = z.object({
  /** The part of the page; left out for the general one. */
  part: z.enum(['prompts', 'network', 'prices', 'about']).optional().catch(undefined),
  /** Runs the checks as the page opens. */
  checks: z.literal(true).optional().catch(undefined),
});
