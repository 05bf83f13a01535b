import { nameActor } from '#renderer/components/format/actor.ts';
import { watchRuleIdSchema } from '#shared/model/alert.ts';
import { watchRules } from '#shared/policy/watch-rules.ts';

/** Why a grant ended, and how it looks at a glance: red when somebody cut it off. */
export interface Ending {
  readonly tone: 'neutral' | 'red';
  /** Two or three words. */
  readonly text: string;
  /** One sentence. */
  readonly explanation: string;
}

const revokedBy = 'revoked by ';
const watchedBy = 'watch: ';

const endings: Readonly<Record<string, Ending>> = {
  expired: { tone: 'neutral', text: 'time was up', explanation: 'Its lifetime had passed.' },
  spent: { tone: 'neutral', text: 'used up', explanation: 'Its uses or its budget were used up.' },
  lock: { tone: 'neutral', text: 'screen locked', explanation: 'It was to end when the screen locks.' },
  'parent-ended': {
    tone: 'neutral',
    text: 'ended with its parent',
    explanation: 'The access that it was handed on from had ended.',
  },
  sleep: { tone: 'neutral', text: 'machine slept', explanation: 'All access was to end when the machine sleeps.' },
  idle: { tone: 'neutral', text: 'you were away', explanation: 'All access was to end when nobody is there.' },
  'run-exited': { tone: 'neutral', text: 'tool exited', explanation: 'The command that toll run had started ended.' },
  'refresh-token-reused': {
    tone: 'red',
    text: 'refresh token stolen?',
    explanation: 'Its refresh token was used twice, which a tool does not do by itself.',
  },
  'authorization-code-reused': {
    tone: 'red',
    text: 'sign-in stolen?',
    explanation: 'The code of its sign-in was used twice, which a tool does not do by itself.',
  },
  panic: { tone: 'red', text: 'everything ended', explanation: 'All access was ended at once.' },
};

/** Says why a grant ended; `endedBy` is the grant's own word for it. */
export function describeEnding(endedBy: string | null): Ending {
  if (endedBy === null) return { tone: 'neutral', text: 'ended', explanation: 'The reason was not recorded.' };
  if (endedBy.startsWith(revokedBy)) {
    const actor = nameActor(endedBy.slice(revokedBy.length));
    return { tone: 'red', text: 'ended by hand', explanation: `Ended by ${actor}.` };
  }
  if (endedBy.startsWith(watchedBy)) {
    const rule = watchRuleIdSchema.safeParse(endedBy.slice(watchedBy.length)).data;
    const title = rule === undefined ? endedBy : watchRules[rule].title;
    return { tone: 'red', text: 'irregular use', explanation: `Ended by a rule: ${title}.` };
  }
  return endings[endedBy] ?? { tone: 'neutral', text: endedBy, explanation: `Ended: ${endedBy}.` };
}
