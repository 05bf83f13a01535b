import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { FormEvent, ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import type { RotationOverview } from '#shared/model/rotation.ts';
import { rotationSupport } from './provider-rotation.ts';
import classes from './rotation.module.css';

interface RotateFormProps {
  readonly overview: RotationOverview;
  onDone(): void;
}

const overlapWords = {
  full: 'No call fails: the old key serves until the new one has proved itself.',
  slots: 'No call fails: the new key takes the place that is not in use.',
  none: 'The old key dies the moment the new one is made, so a call in that second may fail.',
} as const;

/** Says what changing a key now will do, and begins it. */
export function RotateForm({ overview, onDone }: RotateFormProps): ReactNode {
  const { credentialId, provider, fingerprint } = overview;
  const start = useAct('rotation.start', { showsErrors: true });
  const keyName = useKeyName();
  const name = useProviderName()(provider);
  const support = rotationSupport(provider);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if ((await start.run({ credentialId })) === undefined) return;
    notifyDone(`${keyName(credentialId)} is being changed`);
    onDone();
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <p>
        A new key is made at {name}, tried, and takes over the calls. {overlapWords[support?.overlap ?? 'full']}
      </p>
      <p>
        Then the old key {fingerprint} is ended at {name}. What uses it without Tollkeeper stops working, unless that is
        noticed in time.
      </p>
      {support?.caution === undefined ? null : <p className={classes.sentence}>{support.caution}</p>}
      <FormFoot
        isQuestion
        verb="Rotate now"
        isRunning={start.isRunning}
        problem={start.error?.message ?? null}
        onCancel={onDone}
      />
    </form>
  );
}

/** Stands where a key's change is under way already. */
export function AlreadyUnderWay({ rotationId }: { readonly rotationId: string }): ReactNode {
  return (
    <div className={classes.form}>
      <p>This key is being changed already.</p>
      <div className={classes.endActs}>
        <Button
          renderRoot={(props) => <Link to="/rotation" search={{ part: 'history', open: rotationId }} {...props} />}
        >
          Show it
        </Button>
      </div>
    </div>
  );
}
