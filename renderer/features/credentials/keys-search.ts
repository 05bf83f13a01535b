import { z } from 'zod';

/** What the address of Keys holds; anything else in it is dropped. */
export const keysSearchSchema = z.object({});
