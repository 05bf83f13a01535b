import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import type { KeyGuide } from '#shared/model/provider.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { isOldKeyStillWorking } from '#shared/policy/guided-rotation.ts';
import classes from './guided.module.css';
import { Clicks } from './guided-parts.tsx';

interface EndKeyProps {
  readonly rotation: Rotation;
  readonly guide: KeyGuide;
  readonly providerName: string;
  /** True while the provider is asked whether it still takes the old key. */
  readonly isChecking: boolean;
}

type Question = 'leave' | 'back';

/** Leads to the page where the old key is deleted, and has the provider asked until it refuses that key. */
export function GuidedEndKey({ rotation, guide, providerName, isChecking }: EndKeyProps): ReactNode {
  const { id, oldKey, newKey } = rotation;
  const [question, setQuestion] = useState<Question | null>(null);
  const check = useAct('rotation.continue');
  const rollBack = useAct('rotation.rollBack');
  const close = (): void => setQuestion(null);
  const leave = async (): Promise<void> => {
    await check.run({ id, force: true });
    close();
  };
  const goBack = async (): Promise<void> => {
    await rollBack.run({ id });
    close();
  };
  return (
    <div className={classes.body}>
      <p>
        All calls go out with the new key <span className={classes.key}>{newKey.fingerprint}</span>. Now delete the old
        one, <span className={classes.key}>{oldKey.fingerprint}</span>.
      </p>
      <Clicks label={`How to delete a key at ${providerName}`} clicks={guide.remove} page={guide.page} />
      <div role="status">
        {isChecking || isOldKeyStillWorking(rotation) ? (
          <p className={isChecking ? classes.calm : classes.notice}>
            {isChecking
              ? `Asking ${providerName} whether it still takes the old key. Some need a minute or two to forget one.`
              : `The old key still works. Look whether ${oldKey.fingerprint ?? 'it'} is gone from the page, then check again.`}
          </p>
        ) : null}
      </div>
      <div className={classes.foot}>
        <Button
          className={classes.left ?? ''}
          variant="subtle"
          color="gray"
          disabled={isChecking}
          onClick={() => setQuestion('back')}
        >
          Go back to the old key…
        </Button>
        <Button variant="default" disabled={isChecking} onClick={() => setQuestion('leave')}>
          Finish anyway…
        </Button>
        <Button loading={check.isRunning || isChecking} onClick={() => void check.run({ id })} data-autofocus>
          Check
        </Button>
      </div>
      <ConfirmDialog
        isOpen={question === 'leave'}
        title={`Leave the old key ${oldKey.fingerprint ?? ''} alive?`}
        verb="Finish anyway"
        isRunning={check.isRunning}
        onConfirm={() => void leave()}
        onCancel={close}
      >
        It leaves the keychain here, but whoever has a copy of it can go on using it at {providerName} until you delete
        it there. That you said so is written down.
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={question === 'back'}
        title="Go back to the old key?"
        verb="Go back"
        isRunning={rollBack.isRunning}
        onConfirm={() => void goBack()}
        onCancel={close}
      >
        Calls go out with {oldKey.fingerprint ?? 'the old key'} again, if {providerName} still takes it, without one
        that fails. The new key leaves the keychain; delete it at {providerName} then.
      </ConfirmDialog>
    </div>
  );
}
