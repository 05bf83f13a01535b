import { type WatchRule, watchRules } from '#shared/policy/watch-rules.ts';
import { code, origin, page, table } from './markdown.ts';

/** docs/watch.md. */
export function watchPage(): string {
  const rules = Object.entries<WatchRule>(watchRules);
  return page(
    '# Irregular use',
    origin('shared/policy/watch-rules.ts'),
    'Tollkeeper compares each tool with its own past and looks for tokens where they should not be. What a rule notices becomes an alert, which stands in the app and in `toll alerts` until it is read. Equal ones are one alert with a count; for a while after it was read, equal ones stay quiet.',
    table(
      ['rule', 'is met when', 'looks at', 'quiet for'],
      rules.map(([name, { when, source, coolDownMinutes }]) => [
        code(name),
        when,
        `the ${source}`,
        `${coolDownMinutes} min`,
      ]),
    ),
    '## What follows',
    'Each rule has an action, `notify` unless you change it with `toll watch set RULE --action …` or in the app. `notify` tells you. `ask` also ends the grant under which the call came, `revoke` every grant of the tool; after either, the tool\u2019s next request waits for you, whatever your policies say. `off` does nothing. Where nobody can be told from a call (many-refused-tokens), and where there is nothing to end (denied-again), there is only `notify` and `off`.',
    '## Numbers',
    'Each number can be set with `toll watch set RULE --threshold NAME=NUMBER`; `--usual` takes all of them back.',
    table(
      ['rule', 'number', 'usual', 'between', 'what it decides'],
      rules.flatMap(([name, { thresholds }]) =>
        Object.entries(thresholds).map(([number, { usual, least, most, unit, means }]) => [
          code(name),
          code(number),
          `${usual} ${unit}`,
          `${least} and ${most}`,
          means,
        ]),
      ),
    ),
    'What is usual is told by the tool\u2019s hours of use in the last four weeks: the middle hour, how much hours differ from it (the median absolute deviation of their logarithms), and the third-busiest hour. An hour is told of when it lies so many spreads above the middle, yet never below twice the third-busiest hour, three times the middle, or the floor, and always from five times the third-busiest hour on, if that is above the others. [Decision 20](decisions/0020-watch.md) says why.',
  );
}
