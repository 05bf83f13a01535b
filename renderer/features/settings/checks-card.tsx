import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { Card } from '#renderer/components/card.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import classes from './settings.module.css';

const states = {
  ok: { tone: 'teal', text: 'Fine' },
  warning: { tone: 'amber', text: 'Look' },
  failed: { tone: 'red', text: 'Failed' },
} as const;

interface ChecksCardProps {
  /** Runs them without a click, as when the command palette asked for it. */
  readonly runsAtOnce: boolean;
}

/** Runs the checks of `toll doctor` and lists what each found. */
export function ChecksCard({ runsAtOnce }: ChecksCardProps): ReactNode {
  const doctor = useAct('doctor.run');
  const card = useRef<HTMLDivElement>(null);
  const runLatest = useEffectEvent(() => void doctor.run({}));
  useEffect(() => {
    if (!runsAtOnce) return;
    const timer = setTimeout(runLatest);
    return () => clearTimeout(timer);
  }, [runsAtOnce]);
  const isDone = doctor.result !== undefined;
  useEffect(() => {
    if (runsAtOnce && isDone) card.current?.scrollIntoView();
  }, [runsAtOnce, isDone]);
  return (
    <Card
      title="Checks"
      aside={
        <Button variant="default" size="xs" loading={doctor.isRunning} onClick={() => void doctor.run({})}>
          Run the checks
        </Button>
      }
    >
      <div role="status" ref={card}>
        {doctor.result === undefined ? (
          <p className={classes.help}>
            The keychain, the gateway, the clock, the ledger and each provider, as `toll doctor` does it.
          </p>
        ) : (
          <ul className={classes.checks} aria-label="Checks">
            {doctor.result.map(({ id, title, state, message }) => (
              <li key={id}>
                <span>
                  <Pill tone={states[state].tone}>{states[state].text}</Pill>
                </span>
                <span>{title}</span>
                <span className={classes.message}>{message}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}
