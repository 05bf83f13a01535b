/** Algorithms that tokens are signed with: ES256 unless the user wants RS256, which RFC 9068 section 2.1 has every server support. */
export const tokenAlgorithms = ['ES256', 'RS256'] as const;

/** See {@link tokenAlgorithms}. */
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];
