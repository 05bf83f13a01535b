import { Cron } from 'croner';
import { TollkeeperError } from '#shared/model/error.ts';
import type { NextCronTime } from '#shared/policy/plan-rotation.ts';

/** The next time of a cron expression (five fields, this machine's time) by the croner library. Throws `invalid_request`. */
export const nextCronTime: NextCronTime = (expression, after) => {
  return parse(expression).nextRun(new Date(after))?.getTime() ?? null;
};

/** Throws `invalid_request` for an expression that is none, or that never comes. */
export function checkCron(expression: string, now: number): void {
  if (nextCronTime(expression, now) === null)
    throw new TollkeeperError('invalid_request', `The time ${JSON.stringify(expression)} never comes.`);
}

function parse(expression: string): Cron {
  try {
    return new Cron(expression, { paused: true, mode: '5-part' });
  } catch (cause) {
    throw new TollkeeperError(
      'invalid_request',
      `${JSON.stringify(expression)} is no cron expression. An example is "0 4 * * 0": every Sunday at four.`,
      { cause },
    );
  }
}
