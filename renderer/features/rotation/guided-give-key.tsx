import { Button, PasswordInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { notifyDone } from '#renderer/components/notify.ts';
import type { KeyGuide } from '#shared/model/provider.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import classes from './guided.module.css';
import { Clicks } from './guided-parts.tsx';

interface GiveKeyProps {
  readonly rotation: Rotation;
  readonly guide: KeyGuide;
  readonly providerName: string;
  /** What a key looks like; null where it may look like anything. */
  readonly example: string | null;
  onClose(): void;
}

/** Leads to the page where keys are made, and takes the new one: it is tried and compared before it is kept. */
export function GuidedGiveKey({ rotation, guide, providerName, example, onClose }: GiveKeyProps): ReactNode {
  const { id, oldKey } = rotation;
  const [secret, setSecret] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const provide = useAct('rotation.provide', { showsErrors: true });
  const giveUp = useAct('rotation.rollBack');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const taken = await provide.run({ id, secret });
    if (taken === undefined) return;
    setSecret('');
    notifyDone(
      taken.comparison === 'same-account'
        ? `The new key works and belongs to the same account (${taken.account ?? ''})`
        : `The new key works. ${providerName} does not tell whose it is, so the account was not compared`,
    );
  };
  const abandon = async (): Promise<void> => {
    if ((await giveUp.run({ id })) === undefined) return;
    notifyDone(`Nothing was changed. If you made a key at ${providerName}, delete it there`);
    onClose();
  };
  return (
    <form className={classes.body} onSubmit={(event) => void submit(event)} noValidate>
      <Clicks label={`How to make a key at ${providerName}`} clicks={guide.create} page={guide.page} />
      <PasswordInput
        label="New key"
        description={
          <>
            Leave the old key <span className={classes.key}>{oldKey.fingerprint}</span> alone for now: it serves until
            the new one does.
          </>
        }
        placeholder={example === null ? '' : `${example.slice(0, 8)}…`}
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
        autoComplete="off"
        classNames={{ innerInput: classes.secret ?? '' }}
        ref={field}
      />
      <p className={classes.quiet}>
        It is tried and compared with the old key first, and goes into the keychain only if it does.
      </p>
      {provide.error === null ? null : (
        <p className={classes.failure} role="alert">
          {provide.error.message}
        </p>
      )}
      <div className={classes.foot}>
        <Button
          className={classes.left ?? ''}
          variant="subtle"
          color="gray"
          loading={giveUp.isRunning}
          onClick={() => void abandon()}
        >
          Give up
        </Button>
        <Button variant="default" onClick={onClose}>
          Later
        </Button>
        <Button type="submit" disabled={secret.trim() === ''} loading={provide.isRunning}>
          Use this key
        </Button>
      </div>
    </form>
  );
}
