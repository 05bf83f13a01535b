import { describe, expect, it } from 'vitest';
import { writeError } from '#main/gateway/dialect/write-error.ts';
import { type ErrorCode, errorDefinitions } from '#shared/model/error.ts';
import type { ErrorShape } from '#shared/model/provider.ts';

const codes = Object.keys(errorDefinitions) as ErrorCode[];
const requestId = 'req_1';

function written(shape: ErrorShape, code: ErrorCode): unknown {
  const { message } = errorDefinitions[code];
  const { contentType, body } = writeError(shape, { code, message, details: { hidden: 'detail' } }, { requestId });
  expect(contentType).toBe('application/json; charset=utf-8');
  expect(body).not.toContain('hidden');
  return JSON.parse(body);
}

describe('writeError', () => {
  it.each(codes)('%s: has its code and message in every shape', (code) => {
    const { message, status } = errorDefinitions[code];
    expect(written('openai', code)).toEqual({
      error: { message, type: expect.stringMatching(/^[a-z_]+$/), param: null, code },
    });
    expect(written('anthropic', code)).toEqual({
      type: 'error',
      error: { type: expect.stringMatching(/^[a-z_]+$/), message, code },
      request_id: requestId,
    });
    expect(written('gemini', code)).toMatchObject({
      error: {
        code: status,
        message,
        status: expect.stringMatching(/^[A-Z_]+$/),
        details: [{ metadata: { code, requestId } }],
      },
    });
  });

  it.each([
    ['invalid_token', 'authentication_error', 'UNAUTHENTICATED'],
    ['insufficient_scope', 'permission_error', 'PERMISSION_DENIED'],
    ['unknown_endpoint', 'not_found_error', 'NOT_FOUND'],
    ['request_too_large', 'request_too_large', 'OUT_OF_RANGE'],
    ['rate_limited', 'rate_limit_error', 'RESOURCE_EXHAUSTED'],
    ['upstream_timeout', 'timeout_error', 'DEADLINE_EXCEEDED'],
    ['internal', 'api_error', 'INTERNAL'],
  ] as const)('%s is %s at Anthropic and %s at Google', (code, anthropicType, geminiStatus) => {
    expect(written('anthropic', code)).toMatchObject({ error: { type: anthropicType } });
    expect(written('gemini', code)).toMatchObject({ error: { status: geminiStatus } });
  });

  it('takes another status than the code\u2019s own', () => {
    const { body } = writeError(
      'gemini',
      { code: 'invalid_request', message: 'Too long.' },
      { requestId, status: 431 },
    );
    expect(JSON.parse(body)).toMatchObject({ error: { code: 431, status: 'INVALID_ARGUMENT' } });
  });
});
