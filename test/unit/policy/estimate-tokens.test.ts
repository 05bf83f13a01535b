import { describe, expect, it } from 'vitest';
import { estimateTokens } from '#shared/policy/estimate-tokens.ts';

function bodyOf(text: string): Buffer {
  return Buffer.from(JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: text }] }));
}

const prose =
  'A gateway that stands between tools and providers has to know what a call costs before it is made, and what it has cost when it is over. ';
const code =
  'export function sumOf(values: readonly number[]): number {\n  return values.reduce((sum, value) => sum + value, 0);\n}\n';

describe('an estimate of tokens', () => {
  // Counted with OpenAI's o200k encoding (gpt-tokenizer 4.0.0), ten repetitions each and the message around them.
  it.each([
    ['prose', prose.repeat(10), 309],
    ['code', code.repeat(10), 298],
    ['Chinese', '\u7f51\u5173\u5fc5\u987b\u77e5\u9053\u6bcf\u6b21\u8c03\u7528\u7684\u8d39\u7528\u3002'.repeat(10), 108],
    [
      'Russian',
      '\u0428\u043b\u044e\u0437 \u0434\u043e\u043b\u0436\u0435\u043d \u0437\u043d\u0430\u0442\u044c \u0446\u0435\u043d\u0443 \u043a\u0430\u0436\u0434\u043e\u0433\u043e \u0432\u044b\u0437\u043e\u0432\u0430. '.repeat(
        10,
      ),
      109,
    ],
  ])('of %s is within a quarter of the truth', (_name, text, truth) => {
    const estimate = estimateTokens(bodyOf(text));
    expect(Math.abs(estimate / truth - 1)).toBeLessThan(0.25);
  });

  it('counts a picture as a picture, not as its base64', () => {
    const picture = `data:image/png;base64,${Buffer.alloc(30_000, 'picture').toString('base64')}`;
    expect(estimateTokens(bodyOf(picture))).toBeLessThan(1_000);
  });

  it('goes on beyond what it looks at as it began', () => {
    const short = estimateTokens(bodyOf(prose.repeat(400)));
    const long = estimateTokens(bodyOf(prose.repeat(4_000)));
    expect(long / short).toBeGreaterThan(9.5);
    expect(long / short).toBeLessThan(10.5);
  });

  it.each(['', '{', '"', '{"a":"\\', '{"a":"\\u12', '\u0000'])('survives %j', (text) => {
    expect(estimateTokens(Buffer.from(text))).toBeLessThan(20);
  });
});
