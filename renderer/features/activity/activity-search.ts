import { z } from 'zod';

/** What the address of Activity holds; anything else in it is dropped. */
export const activitySearchSchema = z.object({});
