import { describe, expect, it } from 'vitest';
import { activitySearchSchema, isFiltered, withoutFilters } from '#renderer/features/activity/activity-search.ts';
import { describeDetail, describeEvent } from '#renderer/features/activity/describe-audit.ts';
import { filterOf } from '#renderer/features/activity/usage-filter.ts';

const now = Date.UTC(2026, 10, 22, 12, 34, 56);

describe('the address of Activity', () => {
  it('drops what it does not know and what is not valid', () => {
    expect(activitySearchSchema.parse({ tool: 'Codex', outcome: 'eaten', span: 'ever', colour: 'red' })).toEqual({
      tool: 'Codex',
      outcome: undefined,
      span: undefined,
    });
  });

  it('is filtered by what narrows the list alone', () => {
    expect(isFiltered({ part: 'audit', request: 'r_1' })).toBe(false);
    expect(isFiltered({ text: 'x' })).toBe(true);
  });

  it('keeps the part and the open request when filters are cleared', () => {
    const cleared = withoutFilters({ tool: 'Codex', span: '7d', text: 'x', request: 'r_1' });
    expect(isFiltered(cleared)).toBe(false);
    expect(cleared.request).toBe('r_1');
  });
});

describe('filterOf', () => {
  it('holds nothing that was not asked for', () => {
    expect(filterOf({}, now)).toEqual({});
  });

  it('counts the span back from the whole minute', () => {
    expect(filterOf({ span: '24h', outcome: 'denied' }, now)).toEqual({
      since: '2026-11-21T12:34:00.000Z',
      outcome: 'denied',
    });
  });
});

describe('the audit log in words', () => {
  it('explains a known event and keeps an unknown one', () => {
    expect(describeEvent('access-granted')).toBe('Access was allowed');
    expect(describeEvent('toString')).toBe('toString');
  });

  it('writes money, time and lists as a person does', () => {
    const detail = {
      tool: 'Codex',
      scopes: ['openai:chat', 'openai:models'],
      ttlSeconds: 3_600,
      budgetMicroUsd: 2_000_000,
      untilLock: false,
      folder: null,
      grantId: 'grant_1',
    };
    expect(describeDetail(detail)).toBe(
      'tool Codex \u00b7 scopes openai:chat, openai:models \u00b7 ttl 1 hour \u00b7 budget $2.00 \u00b7 until lock no \u00b7 grant id grant_1',
    );
  });
});
