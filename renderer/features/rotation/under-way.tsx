import { Button } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { useNow } from '#renderer/components/format/use-now.ts';
import { KeyValue } from '#renderer/components/key-value.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { RelativeTime, ResetTime } from '#renderer/components/relative-time.tsx';
import type { Rotation, RotationOverview } from '#shared/model/rotation.ts';
import { troubledRotations } from '#shared/policy/rotation-trouble.ts';
import classes from './rotation.module.css';
import { RotationActs } from './rotation-acts.tsx';
import { factsOf, stateOf } from './rotation-words.ts';
import { StepLine } from './step-line.tsx';

const route = getRouteApi('/rotation');

/** One change with what is true now and what can be done. */
function UnderWayItem({ rotation, name }: { readonly rotation: Rotation; readonly name: string }): ReactNode {
  const navigate = route.useNavigate();
  const { tone, text } = stateOf(rotation);
  const { id, credentialId, startedAt, resumeAt, state } = rotation;
  return (
    <li className={classes.item} aria-label={`${name}: ${text}`}>
      <div className={classes.itemHead}>
        <span className={classes.itemName}>{name}</span>
        <Pill tone={tone}>{text}</Pill>
        <span className={classes.itemTime}>
          begun <RelativeTime at={startedAt} />
          {state === 'running' && resumeAt !== null ? (
            <>
              , goes on <ResetTime at={resumeAt} />
            </>
          ) : null}
        </span>
      </div>
      <StepLine rotation={rotation} />
      <KeyValue facts={factsOf(rotation)} />
      <div className={classes.itemFoot}>
        <RotationActs
          rotation={rotation}
          name={name}
          onLead={() => void navigate({ search: (now) => ({ ...now, dialog: 'rotate', of: credentialId }) })}
        />
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          onClick={() => void navigate({ search: { part: 'history', open: id } })}
        >
          Every step
        </Button>
      </div>
    </li>
  );
}

/** Changes that are under way, stopped, or were given up in the last day. Nothing when there is none. */
export function UnderWay({ overviews }: { readonly overviews: readonly RotationOverview[] }): ReactNode {
  const keyName = useKeyName();
  const now = useNow(30_000);
  const troubled = troubledRotations(overviews, now).map(({ rotation }) => rotation);
  const running = overviews.flatMap(({ current }) => (current?.state === 'running' ? [current] : []));
  const shown = [...troubled, ...running];
  if (shown.length === 0) return null;
  return (
    <Card title="Now">
      <ul aria-label="Changes under way">
        {shown.map((rotation) => (
          <UnderWayItem key={rotation.id} rotation={rotation} name={keyName(rotation.credentialId)} />
        ))}
      </ul>
    </Card>
  );
}
