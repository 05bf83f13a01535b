import { z } from 'zod';
import { watchRuleIdSchema } from '#shared/model/alert.ts';

/** What the address of Alerts holds; anything else in it is dropped. */
export const alertsSearchSchema = z.object({
  /** The part of the page; left out for the alerts. */
  part: z.enum(['rules']).optional().catch(undefined),
  /** The rule whose numbers are being changed. */
  edit: watchRuleIdSchema.optional().catch(undefined),
});
