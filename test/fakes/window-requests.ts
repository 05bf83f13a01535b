import type { AccessRequest } from '#shared/model/access.ts';
import type { ApprovalReport, SilencedTool } from '#shared/model/asked-request.ts';
import { before, noise, peer } from './window-data.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const usual = { lastTime: null, inbox: null, unusual: [], confirmation: null } satisfies Partial<AccessRequest>;

/**
 * Requests that wait: a known tool that asks for more, a first-timer, one over the device endpoint whose process is only claimed, one
 * that looks unusual in every way, and two in the inbox.
 */
export function fakeRequests(now: number): readonly AccessRequest[] {
  return [
    {
      ...usual,
      id: 'req_claude',
      tool: 'Claude Code',
      scopes: ['anthropic:chat:claude-*', 'openai:embeddings'],
      ttlSeconds: 3_600,
      uses: null,
      budgetMicroUsd: 2_000_000,
      purpose: 'fix the build',
      channel: 'control-socket',
      process: peer('claude', '/usr/local/bin/claude', '/home/sam/src/site'),
      binding: { kind: 'tree', name: 'toll', root: { pid: 4_242, startedAt: '1' } },
      userCode: 'KFTW-9PLM',
      createdAt: before(now, 8 * second),
      expiresAt: before(now, -52 * second),
      familiarity: [
        { scope: 'anthropic:chat:claude-*', seen: 'as-last-time' },
        { scope: 'openai:embeddings', seen: 'new' },
      ],
      firstTime: false,
      lastTime: { at: before(now, 26 * hour), ttlSeconds: 900, uses: null, budgetMicroUsd: 2_000_000 },
      averageSpendMicroUsd: 840_000,
    },
    {
      ...usual,
      id: 'req_backup',
      tool: 'backup.py',
      scopes: ['openai:embeddings'],
      ttlSeconds: 900,
      uses: 1,
      budgetMicroUsd: null,
      purpose: null,
      channel: 'control-socket',
      process: peer('backup.py', '/usr/bin/python3', '/home/sam/bin'),
      userCode: 'QRBN-4TXW',
      createdAt: before(now, 3 * second),
      expiresAt: before(now, -57 * second),
      familiarity: [{ scope: 'openai:embeddings', seen: 'new' }],
      firstTime: true,
      averageSpendMicroUsd: null,
    },
    {
      ...usual,
      id: 'req_device',
      tool: 'Very Helpful Assistant for Everything and More',
      scopes: ['*:chat', 'openai:files', 'gemini:*', 'openai:images:gpt-image-*'],
      ttlSeconds: 43_200,
      uses: 500,
      budgetMicroUsd: null,
      purpose:
        'Summarise the whole of the repository, then write the release notes and send them to everyone on the team who asked for it',
      channel: 'device-code',
      process: null,
      userCode: 'WDJB-MJHT',
      createdAt: before(now, second),
      expiresAt: before(now, -59 * second),
      familiarity: [],
      firstTime: true,
      averageSpendMicroUsd: null,
    },
    {
      ...usual,
      id: 'req_codex',
      tool: 'Codex',
      scopes: ['openai:chat', 'openai:files'],
      ttlSeconds: 14_400,
      uses: null,
      budgetMicroUsd: 10_000_000,
      purpose: null,
      channel: 'control-socket',
      process: peer('codex', '/usr/local/bin/codex', '/home/sam/private'),
      userCode: 'RBTM-HXQD',
      createdAt: before(now, 2 * second),
      expiresAt: before(now, -58 * second),
      familiarity: [
        { scope: 'openai:chat', seen: 'new', was: 'openai:chat:gpt-5*' },
        { scope: 'openai:files', seen: 'new' },
      ],
      firstTime: false,
      lastTime: { at: before(now, 3 * day), ttlSeconds: 3_600, uses: null, budgetMicroUsd: 5_000_000 },
      unusual: ['changed-program', 'wider-scope', 'other-folder'],
      confirmation: '47',
      averageSpendMicroUsd: 420_000,
    },
    {
      ...usual,
      id: 'req_nightly',
      tool: 'nightly-summary',
      scopes: ['openai:chat:gpt-5-mini'],
      ttlSeconds: 900,
      uses: null,
      budgetMicroUsd: 250_000,
      purpose: 'summarise the day',
      channel: 'control-socket',
      process: {
        ...peer('nightly-summary', '/usr/bin/python3', '/home/sam/bin'),
        parents: [
          { pid: 812, executable: '/usr/bin/sh', name: 'sh' },
          { pid: 801, executable: '/usr/sbin/cron', name: 'cron' },
        ],
      },
      userCode: 'MWXB-LPFK',
      createdAt: before(now, 14 * minute),
      expiresAt: before(now, -46 * minute),
      familiarity: [{ scope: 'openai:chat:gpt-5-mini', seen: 'as-last-time' }],
      firstTime: false,
      lastTime: { at: before(now, day), ttlSeconds: 900, uses: null, budgetMicroUsd: 250_000 },
      inbox: 'background',
      averageSpendMicroUsd: 31_000,
    },
    {
      ...usual,
      id: 'req_indexer',
      tool: 'indexer',
      scopes: ['openai:embeddings'],
      ttlSeconds: 3_600,
      uses: null,
      budgetMicroUsd: null,
      purpose: null,
      channel: 'control-socket',
      process: peer('indexer', '/usr/local/bin/indexer', '/home/sam/src/site'),
      userCode: 'XZCV-GTRN',
      createdAt: before(now, 40 * second),
      expiresAt: before(now, -59 * minute),
      familiarity: [{ scope: 'openai:embeddings', seen: 'new' }],
      firstTime: true,
      inbox: 'crowded',
      averageSpendMicroUsd: null,
    },
  ];
}

/** A tool that was denied twice, and asked on. */
export function fakeSilenced(now: number): readonly SilencedTool[] {
  return [
    {
      id: 'sil_helper',
      tool: 'telemetry-helper',
      executable: '/home/sam/.local/bin/telemetry-helper',
      since: before(now, 3 * minute),
      until: before(now, -7 * minute),
      refused: 14,
    },
  ];
}

/** Two weeks of questions, fewer of them since a policy was made, and two policies that would save more. */
export function fakeReport(now: number, days: number): ApprovalReport {
  const policy = { effect: 'allow', executableHash: null, uses: null, budgetMicroUsd: 2_000_000 } as const;
  return {
    days: Array.from({ length: days }, (_, index) => {
      const age = days - 1 - index;
      const at = new Date(now - age * day);
      const load = at.getDay() === 0 || at.getDay() === 6 ? 0.2 : 1;
      const count = (seed: number, most: number): number => Math.round(noise(index * 7 + seed) * most * load);
      return {
        day: `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`,
        prompt: count(1, age > 6 ? 14 : 6),
        inbox: count(2, 3),
        policy: age > 6 ? 0 : count(3, 11),
        grant: count(4, 8),
      };
    }),
    suggestions: [
      {
        saved: 23,
        draft: {
          ...policy,
          tool: 'Claude Code',
          scopes: ['anthropic:chat:claude-*'],
          executable: '/usr/local/bin/claude',
          folder: '/home/sam/src/site',
          ttlSeconds: 3_600,
        },
      },
      {
        saved: 7,
        draft: {
          ...policy,
          tool: 'nightly-summary',
          scopes: ['openai:chat:gpt-5-mini'],
          executable: '/usr/bin/python3',
          folder: '/home/sam/bin',
          ttlSeconds: 900,
          budgetMicroUsd: 250_000,
        },
      },
    ],
  };
}
