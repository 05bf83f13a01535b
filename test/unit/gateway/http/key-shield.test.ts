import { describe, expect, it } from 'vitest';
import { KeyShield } from '#main/gateway/http/key-shield.ts';

const secret = 'aabaabaac-secret';

function passThrough(pieces: readonly string[]): string {
  const shield = new KeyShield(Buffer.from(secret));
  const out = pieces.map((piece) => shield.push(Buffer.from(piece))?.toString() ?? '');
  return out.join('') + (shield.flush()?.toString() ?? '');
}

describe('the shield', () => {
  it('lets everything else through at once', () => {
    const shield = new KeyShield(Buffer.from(secret));
    expect(shield.push(Buffer.from('data: {}\n\n'))?.toString()).toBe('data: {}\n\n');
    expect(shield.flush()).toBeNull();
  });

  it.each([
    `before ${secret} after`,
    secret,
    `${secret}${secret}`,
    `aabaab${secret}aaba`,
    'aabaabaac-secre',
    `${secret.slice(0, 9)}${secret}`,
  ])('finds the key in %j however it is cut, and changes nothing else', (text) => {
    const expected = text.replaceAll(secret, '*'.repeat(secret.length));
    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 1) {
        expect(passThrough([text.slice(0, first), text.slice(first, second), text.slice(second)])).toBe(expected);
      }
    }
  });

  it('finds it byte by byte', () => {
    expect(passThrough([...`x${secret}y`])).toBe(`x${'*'.repeat(secret.length)}y`);
  });

  it('does not act on a key that is too short to be one', () => {
    const shield = new KeyShield(Buffer.from('abc'));
    expect(shield.push(Buffer.from('abc'))?.toString()).toBe('abc');
  });
});
