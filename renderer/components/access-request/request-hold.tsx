import { type ReactNode, useId } from 'react';
import type { AccessRequest } from '#shared/model/access.ts';
import { formatClock, formatDuration } from '../format/time.ts';
import classes from './access-request.module.css';
import type { Decision, Hold } from './decision.ts';

interface RequestHoldProps {
  readonly request: AccessRequest;
  readonly decision: Decision;
  /** False where the desktop does not tell that the screen was locked. */
  readonly canLockDetect: boolean;
  onChange(decision: Decision): void;
}

function consequenceOf(request: AccessRequest, decision: Decision): string {
  const uses = request.uses !== null && request.uses > 1 ? `, ${request.uses} requests at most` : '';
  const consequences: Readonly<Record<Hold, string>> = {
    once: `One request, within ${formatDuration(decision.ttlSeconds)}.`,
    timed: `Ends ${endOf(request, decision)}${uses}.${lastTimeOf(request, decision)}`,
    'until-lock': `Ends when the screen locks, after 12 hours at most${uses}.`,
    always: request.process?.folder
      ? `Never asks again for this from this program, as it is now, ${decision.isAnywhere ? 'in any folder' : 'in this folder'}.`
      : 'Never asks again when this tool asks for this.',
  };
  return consequences[decision.hold];
}

/** The label of an answer that ends by itself. */
function timedLabel({ endsWhen }: AccessRequest, { ttlSeconds }: Decision): string {
  if (endsWhen?.at !== undefined) return `Until ${formatClock(Date.parse(endsWhen.at))}`;
  return endsWhen?.run ? 'This run' : formatDuration(ttlSeconds);
}

/** When it ends, as the end of a sentence: what the tool asked to end at holds besides its time. */
function endOf({ endsWhen }: AccessRequest, { ttlSeconds }: Decision): string {
  const ends = [
    ...(endsWhen?.run ? ['with the command'] : []),
    ...(endsWhen?.lock ? ['when the screen locks'] : []),
    ...(endsWhen?.at === undefined ? [] : [`at ${formatClock(Date.parse(endsWhen.at))}`]),
  ];
  const after = `after ${formatDuration(ttlSeconds)}`;
  return ends.length === 0 ? `by itself ${after}` : `${ends.join(' or ')}, ${after} at most`;
}

/** ` Last time it was 15 min.` where that differs. */
function lastTimeOf({ lastTime }: AccessRequest, { ttlSeconds }: Decision): string {
  if (lastTime === null || lastTime.ttlSeconds === ttlSeconds) return '';
  return ` Last time it was ${formatDuration(lastTime.ttlSeconds)}.`;
}

/** How long an answer holds, with one line that says what the choice means. */
export function RequestHold({ request, decision, canLockDetect, onChange }: RequestHoldProps): ReactNode {
  const name = useId();
  const holds: readonly { readonly hold: Hold; readonly label: string }[] = [
    { hold: 'once', label: 'Once' },
    { hold: 'timed', label: timedLabel(request, decision) },
    { hold: 'until-lock', label: 'Until lock' },
    { hold: 'always', label: request.process?.folder ? 'Always here' : 'Always' },
  ];
  const obstacles: Readonly<Partial<Record<Hold, string>>> = {
    ...(canLockDetect ? {} : { 'until-lock': 'This desktop does not tell when the screen locks' }),
    ...(request.process?.verified ? {} : { always: 'The system does not vouch for this program' }),
  };
  return (
    <>
      <div className={classes.holds} role="radiogroup" aria-label="How long">
        {holds.map(({ hold, label }) => {
          const obstacle = obstacles[hold];
          return (
            <label key={hold} className={classes.hold} title={obstacle}>
              <input
                type="radio"
                name={name}
                checked={decision.hold === hold}
                disabled={obstacle !== undefined}
                onChange={() => onChange({ ...decision, hold })}
              />
              {label}
            </label>
          );
        })}
      </div>
      <div className={classes.consequence}>
        <p>{consequenceOf(request, decision)}</p>
        {decision.hold === 'always' && request.process?.folder ? (
          <label className={classes.anywhere}>
            <input
              type="checkbox"
              className={classes.box}
              checked={decision.isAnywhere}
              onChange={() => onChange({ ...decision, isAnywhere: !decision.isAnywhere })}
            />
            Wherever it runs, not only in this folder
          </label>
        ) : null}
      </div>
    </>
  );
}
