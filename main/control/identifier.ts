const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Makes an id such as `grant_k3v9x2m7qa4t`: 60 bits, and no letter that is taken for another when a person types it. */
export function createIdentifier(
  prefix: 'cred' | 'req' | 'sil' | 'grant' | 'tok' | 'pol' | 'lim' | 'alert' | 'rot' | 'adm',
  random: (bytes: number) => Uint8Array,
): string {
  const letters = [...random(12)].map((byte) => alphabet[byte % alphabet.length] ?? '');
  return `${prefix}_${letters.join('')}`;
}
