import type { WatchAction, WatchRuleId } from '../model/alert.ts';

/** One number of a rule that a person may set. */
export interface Threshold {
  readonly usual: number;
  readonly least: number;
  readonly most: number;
  /** What it counts, as it stands behind the number. */
  readonly unit: string;
  /** The number in a line about the rule, `#` in its place. */
  readonly brief: string;
  /** What it decides. */
  readonly means: string;
}

/** One rule as a person reads it. */
export interface WatchRule {
  readonly title: string;
  /** When it is met. */
  readonly when: string;
  /** Where it looks. */
  readonly source: 'ledger' | 'audit log';
  /** What may follow besides nothing; the first is the default. */
  readonly actions: readonly Exclude<WatchAction, 'off'>[];
  /** Equal ones within so many minutes of the last are one alert, read or not. */
  readonly coolDownMinutes: number;
  readonly thresholds: Readonly<Record<string, Threshold>>;
}

const spread: Threshold = {
  usual: 5,
  least: 1,
  most: 20,
  unit: 'spreads',
  brief: '# spreads above its middle hour',
  means: 'how far above the middle hour of the last four weeks, in units of how much its hours differ',
};
const hours: Threshold = {
  usual: 40,
  least: 5,
  most: 500,
  unit: 'hours of use',
  brief: 'after # hours of use',
  means: 'how many hours of use must be known before this is judged',
};
const days = (usual: number): Threshold => ({
  usual,
  least: 0,
  most: 28,
  unit: 'days',
  brief: 'after # days',
  means: 'how long the tool must be known before this is judged',
});
const calls: Threshold = {
  usual: 20,
  least: 1,
  most: 10_000,
  unit: 'calls',
  brief: 'after # calls',
  means: 'how many calls must be known before this is judged',
};
const minutes = (usual: number): Threshold => ({
  usual,
  least: 1,
  most: 1_440,
  unit: 'minutes',
  brief: 'within # minutes',
  means: 'within how long',
});
const times = (usual: number): Threshold => ({
  usual,
  least: 1,
  most: 1_000,
  unit: 'times',
  brief: '# times',
  means: 'how often',
});
const everyAction = ['notify', 'ask', 'revoke'] as const;

/** Every rule, in the order in which people see them. */
export const watchRules = {
  'calls-above-usual': {
    title: 'Far more calls than usual',
    when: 'a tool makes far more calls in an hour than in its own past',
    source: 'ledger',
    actions: everyAction,
    coolDownMinutes: 180,
    thresholds: {
      spread,
      floor: {
        usual: 200,
        least: 1,
        most: 1_000_000,
        unit: 'calls an hour',
        brief: 'from # calls an hour',
        means: 'never at fewer than this',
      },
      hours,
      days: days(5),
    },
  },
  'spend-above-usual': {
    title: 'Far more money than usual',
    when: 'a tool spends far more in an hour than in its own past',
    source: 'ledger',
    actions: everyAction,
    coolDownMinutes: 180,
    thresholds: {
      spread,
      floor: {
        usual: 2,
        least: 0.01,
        most: 1_000_000,
        unit: 'dollars an hour',
        brief: 'from $# an hour',
        means: 'never at less than this',
      },
      hours,
      days: days(5),
    },
  },
  'new-provider': {
    title: 'First use of a provider',
    when: 'a tool that has a past calls a provider for the first time',
    source: 'ledger',
    actions: everyAction,
    coolDownMinutes: 60,
    thresholds: { days: days(3), calls },
  },
  'new-model': {
    title: 'First use of a model',
    when: 'a tool that has a past calls a model for the first time',
    source: 'ledger',
    actions: everyAction,
    coolDownMinutes: 60,
    thresholds: { days: days(3), calls },
  },
  'unusual-hour': {
    title: 'Use at an unusual hour',
    when: 'a tool is used at an hour of the day at which, and around which, it never was',
    source: 'ledger',
    actions: everyAction,
    coolDownMinutes: 720,
    thresholds: {
      around: {
        usual: 2,
        least: 0,
        most: 6,
        unit: 'hours',
        brief: '# hours around it unused',
        means: 'how many hours before and after must be unused too',
      },
      days: days(14),
      activeDays: {
        ...{ usual: 8, least: 1, most: 28, unit: 'days of use', brief: 'after # days of use' },
        means: 'on how many days it must have been used before this is judged',
      },
    },
  },
  'revoked-token-used': {
    title: 'Use after revocation',
    when: 'a token is used although it, or its grant, was ended by a person, by the end of its run, by panic or by a rule',
    source: 'ledger',
    actions: everyAction,
    coolDownMinutes: 60,
    thresholds: {
      grace: {
        ...{ usual: 60, least: 0, most: 86_400, unit: 'seconds', brief: 'from # seconds after its end' },
        means: 'how long a tool may go on trying before it has to have noticed',
      },
    },
  },
  'single-use-token-reused': {
    title: 'A single-use token used again',
    when: 'a token for one call is used once more',
    source: 'ledger',
    actions: everyAction,
    coolDownMinutes: 60,
    thresholds: {
      uses: {
        ...{ usual: 1, least: 1, most: 1_000, unit: 'calls', brief: 'tokens with # or fewer uses' },
        means: 'for how many calls a token may have been to be judged; a tool may run into the end of a larger number',
      },
    },
  },
  'foreign-process': {
    title: 'A token from another process',
    when: 'a token that is bound to a program or a run is used by another',
    source: 'audit log',
    actions: everyAction,
    coolDownMinutes: 60,
    thresholds: {},
  },
  'refresh-token-reused': {
    title: 'A refresh token used again',
    when: 'a refresh token or a sign-in code that was already exchanged is used once more',
    source: 'audit log',
    actions: everyAction,
    coolDownMinutes: 60,
    thresholds: {},
  },
  'many-refused-tokens': {
    title: 'Many refused tokens',
    when: 'many calls are refused because their token is missing or not a live one',
    source: 'ledger',
    actions: ['notify'],
    coolDownMinutes: 60,
    thresholds: { count: times(30), minutes: minutes(10) },
  },
  'beyond-scope': {
    title: 'Many calls beyond what was allowed',
    when: 'a tool keeps calling what its token does not allow',
    source: 'ledger',
    actions: everyAction,
    coolDownMinutes: 60,
    thresholds: { count: times(10), minutes: minutes(10) },
  },
  'denied-again': {
    title: 'Denied again and again',
    when: 'a tool keeps asking for access although it is denied',
    source: 'audit log',
    actions: ['notify'],
    coolDownMinutes: 60,
    thresholds: { count: times(3), minutes: minutes(60) },
  },
} as const satisfies Record<WatchRuleId, WatchRule>;

/** Names of a rule's numbers. */
export type ThresholdName<R extends WatchRuleId> = keyof (typeof watchRules)[R]['thresholds'] & string;
