import type { Evidence, WatchRuleId } from '../model/alert.ts';

/** A rule was met: what control makes an alert of. */
export interface Sign {
  readonly rule: WatchRuleId;
  readonly tool: string | null;
  /** What it is about besides the tool; signs of one rule, tool and this are the same matter. */
  readonly about: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What happened, in one sentence. */
  readonly sentence: string;
  readonly evidence: readonly Evidence[];
  readonly requestId: string | null;
  readonly auditSequence: number | null;
  readonly grantId: string | null;
}

/** What makes two signs the same matter. */
export function signKey({ rule, tool, about }: Pick<Sign, 'rule' | 'tool' | 'about'>): string {
  return JSON.stringify([rule, tool, about]);
}

/** A tool's name as it stands in a sentence. */
export function quoted(tool: string | null): string {
  return tool === null ? 'An unknown caller' : `\u201C${tool}\u201D`;
}

/** A count and its noun, such as `1 call` and `1,200 calls`. */
export function counted(count: number, noun: string): string {
  return `${Math.round(count).toLocaleString('en-US')} ${noun}${Math.round(count) === 1 ? '' : 's'}`;
}
