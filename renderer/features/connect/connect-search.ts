import { z } from 'zod';

/** What the address of Connect holds; anything else in it is dropped. */
export const connectSearchSchema = z.object({});
