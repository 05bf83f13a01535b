import { describe, expect, it } from 'vitest';
import { PieceMemory } from '#main/gateway/http/wire/piece-memory.ts';

describe('PieceMemory', () => {
  it('has each piece as it is in the buffer now, wherever it begins and ends', () => {
    const bytes = Buffer.alloc(8 * 1024);
    const memory = new PieceMemory(bytes);
    for (const round of [1, 2, 3]) {
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 7 + round) & 0xff;
      for (const start of [0, 3, 7, 8, 9, 3_000]) {
        for (const length of [0, 1, 200, 2_039, 2_044, 2_048, 5_000]) {
          expect(memory.piece(start, start + length).equals(bytes.subarray(start, start + length))).toBe(true);
        }
      }
    }
  });

  it('makes a short piece from near the beginning once, and keeps no other', () => {
    const memory = new PieceMemory(Buffer.alloc(8 * 1024));
    expect(memory.piece(4, 240)).toBe(memory.piece(4, 240));
    expect(memory.piece(4, 240)).not.toBe(memory.piece(5, 240));
    expect(memory.piece(4, 4_000)).not.toBe(memory.piece(4, 4_000));
    expect(memory.piece(100, 240)).not.toBe(memory.piece(100, 240));
  });
});
