import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import type { Rotation } from '#shared/model/rotation.ts';
import { personTask } from '#shared/policy/guided-rotation.ts';
import { canRollBack } from './provider-rotation.ts';
import classes from './rotation.module.css';

interface RotationActsProps {
  readonly rotation: Rotation;
  /** What a person calls the key. */
  readonly name: string;
  /** Opens the dialog that leads through it. */
  onLead(): void;
}

type Question = 'back' | 'force';

/** What can be done with a change that has not ended: go on, go on although, roll back. */
export function RotationActs({ rotation, name, onLead }: RotationActsProps): ReactNode {
  const { id, state, problem, oldKey } = rotation;
  const [question, setQuestion] = useState<Question | null>(null);
  const proceed = useAct('rotation.continue');
  const rollBack = useAct('rotation.rollBack');
  const close = (): void => setQuestion(null);
  const force = async (): Promise<void> => {
    await proceed.run({ id, force: true });
    close();
  };
  const goBack = async (): Promise<void> => {
    await rollBack.run({ id });
    close();
  };
  const isLed = personTask(rotation) !== null;
  const isStopped = state === 'stopped' && !isLed;
  const isBack = canRollBack(rotation);
  if (!isLed && !isStopped && !isBack) return null;
  return (
    <div className={classes.acts}>
      {isLed ? (
        <Button size="compact-sm" onClick={onLead}>
          Go on…
        </Button>
      ) : null}
      {isStopped ? (
        <Button size="compact-sm" loading={proceed.isRunning} onClick={() => void proceed.run({ id })}>
          Go on
        </Button>
      ) : null}
      {isStopped && problem?.code === 'old_key_in_use' ? (
        <Button size="compact-sm" variant="default" onClick={() => setQuestion('force')}>
          End the old key anyway…
        </Button>
      ) : null}
      {isBack ? (
        <Button size="compact-sm" variant="default" onClick={() => setQuestion('back')}>
          Roll back…
        </Button>
      ) : null}
      <ConfirmDialog
        isOpen={question === 'force'}
        title={`End the old key ${oldKey.fingerprint ?? ''} anyway?`}
        verb="End the old key"
        isRunning={proceed.isRunning}
        onConfirm={() => void force()}
        onCancel={close}
      >
        Something other than Tollkeeper still calls with it, and stops working. This can’t be undone. Calls through
        Tollkeeper go on with the new key.
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={question === 'back'}
        title={`Roll ${name} back?`}
        verb="Roll back"
        isRunning={rollBack.isRunning}
        onConfirm={() => void goBack()}
        onCancel={close}
      >
        Calls go out with the old key {oldKey.fingerprint} again, without one that fails. The new key is destroyed once
        nothing uses it.
      </ConfirmDialog>
    </div>
  );
}
