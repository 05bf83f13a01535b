import { z } from 'zod';
import { lazily } from './lazily.ts';

/** What a certificate says of itself. */
export const certificateFactsSchema = lazily(() =>
  z.object({
    /** Hex. */
    serial: z.string(),
    validFrom: z.iso.datetime(),
    validUntil: z.iso.datetime(),
    /** SHA-256 of the whole certificate, hex pairs with colons between. */
    fingerprint: z.string(),
  }),
);

/** TLS on the loopback addresses, as it stands. */
export const tlsReportSchema = lazily(() =>
  z.object({
    enabled: z.boolean(),
    /** Base URL; null while it is not open. */
    url: z.string().nullable(),
    /** Why it is not open although it should be; null when nothing is wrong. */
    message: z.string().nullable(),
    /** The gateway's own certificate; null before the first. */
    certificate: certificateFactsSchema.nullable(),
    /** The authority that vouches for it, which is what tools are to trust. */
    authority: certificateFactsSchema.nullable(),
    /** Absolute paths, PEM. */
    files: z.object({
      authority: z.string(),
      /** The authority and everything that is trusted without it, for tools that take one file for all. */
      bundle: z.string(),
    }),
  }),
);

/** See {@link certificateFactsSchema}. */
export type CertificateFacts = Readonly<z.infer<typeof certificateFactsSchema>>;
/** See {@link tlsReportSchema}. */
export type TlsReport = Readonly<z.infer<typeof tlsReportSchema>>;
