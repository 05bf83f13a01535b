/** Consonants only, so that no word appears and none is read as another. RFC 8628 section 6.1. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';

/** A code to compare, such as `KFTW-RPLM`: eight of twenty letters, about 34 bits. */
export function createUserCode(random: (bytes: number) => Uint8Array): string {
  const picked: string[] = [];
  while (picked.length < 8) {
    const byte = random(1)[0] ?? 0;
    if (byte < 240) picked.push(letters[byte % letters.length] ?? '');
  }
  return `${picked.slice(0, 4).join('')}-${picked.slice(4).join('')}`;
}

/** Two digits to be typed, such as `47`: from 10 to 99, each as likely as any other. */
export function createConfirmation(random: (bytes: number) => Uint8Array): string {
  for (;;) {
    const byte = random(1)[0] ?? 0;
    if (byte < 180) return String(10 + (byte % 90));
  }
}
