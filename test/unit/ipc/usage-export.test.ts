import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvCell, exportUsage } from '#main/ipc/usage-export.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

function record(index: number): UsageRecord {
  return {
    requestId: `r${index}`,
    startedAt: '2026-11-22T09:00:00.000Z',
    tool: '=cmd()',
    grantId: null,
    tokenId: null,
    credentialId: null,
    provider: 'groq',
    model: 'a,"b"',
    endpoint: 'POST /x',
    stream: false,
    status: 200,
    outcome: 'ok',
    errorCode: null,
    inputTokens: 1,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 2,
    reasoningTokens: 0,
    costMicroUsd: null,
    priceVersion: null,
    latencyMs: 5,
    firstByteMs: null,
  };
}

const all = Array.from({ length: 5_001 }, (_, index) => record(index));
const list = async ({ offset, limit }: { offset: number; limit: number }) => ({
  total: all.length,
  offset,
  records: all.slice(offset, offset + limit),
});

describe('exportUsage', () => {
  it('writes every page as JSON', async () => {
    const path = join(temporaryFolder(), 'out.json');
    expect(await exportUsage({ path, format: 'json', filter: {}, list })).toBe(5_001);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(all);
  });

  it('writes CSV that no spreadsheet runs', async () => {
    const path = join(temporaryFolder(), 'out.csv');
    await exportUsage({ path, format: 'csv', filter: {}, list });
    const lines = readFileSync(path, 'utf8').split('\r\n');
    expect(lines).toHaveLength(5_003);
    const told = lines[1]?.replace(/,+(?=5,$)/, ',…,');
    expect(told).toBe(`r0,2026-11-22T09:00:00.000Z,'=cmd(),,,,groq,"a,""b""",POST /x,false,200,ok,,1,0,0,2,0,…,5,`);
    expect(lines[1]).not.toContain('undefined');
  });

  it('leaves nothing behind when a page fails', async () => {
    const folder = temporaryFolder();
    const failing = async ({ offset, limit }: { offset: number; limit: number }) => {
      if (offset > 0) throw new Error('disk gone');
      return list({ offset, limit });
    };
    await expect(
      exportUsage({ path: join(folder, 'out.csv'), format: 'csv', filter: {}, list: failing }),
    ).rejects.toThrow('disk gone');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('csvCell', () => {
  it.each([
    ['+1', "'+1"],
    ['a\nb', '"a\nb"'],
    [7, '7'],
    [null, ''],
    [true, 'true'],
  ])('writes %j', (value, expected) => {
    expect(csvCell(value)).toBe(expected);
  });
});
