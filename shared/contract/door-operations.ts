import { z } from 'zod';
import { tlsReportSchema } from '../model/certificate.ts';
import { lazily } from '../model/lazily.ts';

/** The operations on the gateway's doors; a part of the table in operations.ts. */
export const doorOperations = lazily(
  () =>
    ({
      /** Answers once a change of settings made before it has taken effect. */
      'tls.read': { doors: ['ipc', 'cli'], input: z.object({}), output: tlsReportSchema },
      /** Makes a new certificate, or with `authority` a new authority as well, which tools have to be told to trust again. */
      'tls.renew': { doors: ['ipc', 'cli'], input: z.object({ authority: z.boolean() }), output: tlsReportSchema },
    }) as const,
);
