import { describe, expect, it } from 'vitest';
import { BodyScanner, scanBody } from '#main/gateway/http/body-scanner.ts';

const bodies = [
  '{"model":"gpt-5","stream":true,"max_tokens":12}',
  '{"messages":[{"role":"user","content":"say \\"model\\": \\\\"}],"model":"a/b:c","n":3}',
  '{"generationConfig":{"maxOutputTokens":77,"candidateCount":2},"contents":[]}',
  '  {"a":null,"b":[1,-2.5e+3,true,false],"model":"x\\u0041","c":{"model":"inner"}}\n',
  '{"x":"\\\\","model":"after a backslash","y":"\\"\\\\\\""}',
  '{"model":"","stream":false}',
  '{"Model":"x"}',
  '[{"model":"x"}]',
  '{"model":"x"',
  '{}',
  '',
];

describe('the scanner', () => {
  it('finds what policy needs', () => {
    expect(scanBody(Buffer.from(bodies[0] ?? ''))).toEqual({
      ...{ model: 'gpt-5', stream: true, maxOutputTokens: 12, choices: 1, deferred: false },
      ...{ storedInput: false, surcharged: false, ambiguous: false, modelAt: [10, 15] },
    });
    expect(scanBody(Buffer.from(bodies[1] ?? ''))).toMatchObject({ model: 'a/b:c', choices: 3, ambiguous: false });
    expect(scanBody(Buffer.from(bodies[2] ?? ''))).toMatchObject({ model: null, maxOutputTokens: 77, choices: 2 });
    expect(scanBody(Buffer.from(bodies[3] ?? ''))).toMatchObject({ model: 'xA', ambiguous: false });
    expect(scanBody(Buffer.from(bodies[4] ?? ''))).toMatchObject({ model: 'after a backslash', ambiguous: false });
  });

  it.each(bodies)('reads %j the same however it is cut', (text) => {
    const whole = scanBody(Buffer.from(text));
    for (let size = 1; size <= Math.min(7, text.length); size += 1) {
      const scanner = new BodyScanner();
      for (let at = 0; at < text.length; at += size) scanner.push(Buffer.from(text.slice(at, at + size)));
      expect(scanner.facts()).toEqual(whole);
    }
  });

  it.each(bodies.slice(0, 5))('agrees with JSON.parse about %j', (text) => {
    const parsed: unknown = JSON.parse(text);
    const model = typeof parsed === 'object' && parsed !== null && 'model' in parsed ? parsed.model : null;
    expect(scanBody(Buffer.from(text)).model).toBe(model);
  });

  it.each([
    '{"model":"a","model":"b"}',
    '{"model":"a","model":"a"}',
    '{"model":"a","MODEL":"b"}',
    '{"model":"a","models":["b"]}',
    '{"model":"a","\\u006d\\u006fdel":"b"}',
    '{"model":{"id":"a"}}',
    '{"model":["a"]}',
    '{"model":1}',
    '{"model":null}',
    '{"model":""}',
    `{"model":"${'a'.repeat(600)}"}`,
    '{"model":"\\q"}',
    '{"model":"a"}{"model":"b"}',
    '{"model":"a"} x',
    '{"model":"a"}}',
    '"model"',
    'model=a',
    "{'model':'a'}",
    '{"model":"a"/*","model":"b"*/}',
    '{"model" "a"}',
    '{"a":"b" "model":"c"}',
    '\u{feff}{"model":"a"}',
    '{"model":"a"',
  ])('calls %j ambiguous', (text) => {
    expect(scanBody(Buffer.from(text)).ambiguous).toBe(true);
  });

  it.each([
    ['{"max_tokens":null}', null],
    ['{"max_tokens":0}', null],
    ['{"max_tokens":-1}', null],
    ['{"max_tokens":5,"max_output_tokens":null}', null],
    ['{"max_tokens":5,"max_output_tokens":7}', 7],
    ['{"max_tokens":"12"}', 12],
    ['{"max_tokens":{"x":1}}', null],
    [`{"max_tokens":1${'0'.repeat(40)}}`, null],
    ['{"metadata":{"max_tokens":1}}', null],
    ['{"generation_config":{"max_output_tokens":9}}', 9],
  ])('reads the output limit of %j as %j', (text, limit) => {
    expect(scanBody(Buffer.from(text)).maxOutputTokens).toBe(limit);
  });

  it('tells input that it can’t see, a dearer service, and work in the background', () => {
    expect(scanBody(Buffer.from('{"previous_response_id":"r"}')).storedInput).toBe(true);
    expect(scanBody(Buffer.from('{"conversation":{"id":"c"}}')).storedInput).toBe(true);
    expect(scanBody(Buffer.from('{"previous_response_id":null}')).storedInput).toBe(false);
    expect(scanBody(Buffer.from('{"service_tier":"Priority"}')).surcharged).toBe(true);
    expect(scanBody(Buffer.from('{"service_tier":"fast"}')).surcharged).toBe(true);
    expect(scanBody(Buffer.from('{"service_tier":"auto"}')).surcharged).toBe(false);
    expect(scanBody(Buffer.from('{"background":true,"background":false}')).deferred).toBe(true);
    expect(scanBody(Buffer.from('{"deferred":true}')).deferred).toBe(true);
    expect(scanBody(Buffer.from('{"generationConfig":{"candidate_count":4}}')).choices).toBe(4);
  });

  it('is not fooled by escapes, however long the text and wherever it is cut', () => {
    let state = 11;
    const next = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state % below;
    };
    for (let turn = 0; turn < 400; turn += 1) {
      const pieces = Array.from(
        { length: 1 + next(40) },
        () => ['"', '\\', 'x'.repeat(next(90)), '","model":"z'][next(4)] ?? '',
      );
      const text = JSON.stringify({ prompt: pieces.join(''), model: `m${turn}` });
      const scanner = new BodyScanner();
      for (let at = 0; at < text.length; ) {
        const size = 1 + next(150);
        scanner.push(Buffer.from(text.slice(at, at + size)));
        at += size;
      }
      expect(scanner.facts()).toMatchObject({ model: `m${turn}`, ambiguous: false });
    }
  });

  it('looks no further than the model where nothing else is asked for', () => {
    const scanner = new BodyScanner({ onlyModel: true });
    scanner.push(Buffer.from('{"a":[1],"model":"m","stream":true}'));
    expect(scanner.facts()).toMatchObject({ model: 'm', stream: false, ambiguous: true });
  });

  it('keeps nothing of a long text', () => {
    const scanner = new BodyScanner();
    scanner.push(Buffer.from('{"x":"'));
    for (let turn = 0; turn < 1_000; turn += 1) scanner.push(Buffer.alloc(10_000, 'y'));
    scanner.push(Buffer.from('","model":"m"}'));
    expect(scanner.facts()).toMatchObject({ model: 'm', ambiguous: false });
  });
});
