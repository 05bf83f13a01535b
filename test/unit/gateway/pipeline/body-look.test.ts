import { expect, test } from 'vitest';
import { scanBody } from '#main/gateway/http/body-scanner.ts';
import { HeldBody } from '#main/gateway/pipeline/body-look.ts';

test.each([
  '{"model":"a","input":"hi"}',
  '{"input":"my \\"model\\" is \\u00e9","model":"a"}',
  '{"model":"a","input":"hi","model":"b"}',
  '{"model":"a","Model":"b"}',
  '{"model":"a","MODEL":"b"}',
  '{"model":"a","mod\\u0065l":"b"}',
  '{"model":"a","metadata":{"model":"b"}}',
  '{"model":"a","input":"say \\"model\\": \\"b\\""}',
  '{"model":5,"model":"b"}',
  '{"input":"hi"}',
  '',
])('a held body is told by the name that a look at all of it finds: %s', (text) => {
  const bytes = Buffer.from(text);
  expect(new HeldBody(bytes).model).toBe(scanBody(bytes).model);
});
