import { z } from 'zod';

/** What the address of Limits holds; anything else in it is dropped. */
export const limitsSearchSchema = z.object({
  /** Opens the dialog that adds a limit, for this subject. */
  add: z.enum(['everything', 'tool', 'credential']).optional().catch(undefined),
  /** Name of the tool, or id of the key, that the new limit is for. */
  of: z.string().max(200).optional().catch(undefined),
  /** Id of the limit that is being changed. */
  edit: z.string().max(200).optional().catch(undefined),
});
