import { z } from 'zod';

/** What the address of Settings holds; anything else in it is dropped. */
export const settingsSearchSchema = z.object({
  /** Runs the checks as the page opens. */
  checks: z.literal(true).optional().catch(undefined),
});
