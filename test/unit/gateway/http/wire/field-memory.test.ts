import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFieldLines } from '#main/gateway/http/wire/field-lines.ts';
import { FieldMemory } from '#main/gateway/http/wire/field-memory.ts';

describe('FieldMemory', () => {
  it('gives the same strings for a line that comes again in its place', () => {
    const memory = new FieldMemory();
    const block = 'Content-Type: application/json\r\nX-Id:one ';
    readFieldLines(block, 0, memory);
    const known = memory.recall(block, 0, 0);
    expect(known).toEqual({
      text: 'Content-Type: application/json',
      name: 'Content-Type',
      value: 'application/json',
    });
    expect(memory.recall(block, 'Content-Type: application/json\r\n'.length, 1)).toMatchObject({ value: 'one' });
    expect(readFieldLines(block, 0, memory)).toEqual(['Content-Type', 'application/json', 'X-Id', 'one']);
  });

  it.each(['X-A: 1', 'X-A: 12', 'X-A:1', 'X-B: 1', 'X-A: ', 'X-A: 1\r\nX-A: 1'])(
    'after X-A: 1 reads %j for what it is',
    (block) => {
      const memory = new FieldMemory();
      readFieldLines('X-A: 1', 0, memory);
      expect(readFieldLines(block, 0, memory)).toEqual(readFieldLines(block, 0));
    },
  );

  it('refuses a line that only begins like a known one', () => {
    const memory = new FieldMemory();
    readFieldLines('X-A: 1', 0, memory);
    expect(readFieldLines('X-A: 1\n', 0, memory)).toBeNull();
    expect(readFieldLines('X-A: 1\0', 0, memory)).toBeNull();
  });

  it('gives up a place where something new stands each time', () => {
    const memory = new FieldMemory();
    for (let count = 0; count < 20; count += 1) readFieldLines(`Date: ${count}`, 0, memory);
    expect(memory.recall('Date: 19', 0, 0)).toBeNull();
    expect(readFieldLines('Date: 20', 0, memory)).toEqual(['Date', '20']);
  });

  it('changes nothing of what any sequence of blocks says', () => {
    const line = fc.constantFrom('A: 1', 'A: 2', 'A:1', 'B: 1', 'A:', 'A: 1 ', 'bad', 'A : 1', 'A: \u0001', 'C: x: y');
    fc.assert(
      fc.property(fc.array(fc.array(line, { maxLength: 5 }), { maxLength: 8 }), (blocks) => {
        const memory = new FieldMemory();
        for (const lines of blocks) {
          const block = lines.join('\r\n');
          expect(readFieldLines(block, 0, memory)).toEqual(readFieldLines(block, 0));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
