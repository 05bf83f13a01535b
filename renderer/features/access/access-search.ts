import { z } from 'zod';

/** What the address of Access holds; anything else in it is dropped. */
export const accessSearchSchema = z.object({});
