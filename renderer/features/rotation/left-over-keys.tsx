import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { OrphanKey } from '#shared/model/rotation.ts';
import classes from './rotation.module.css';

interface LeftOverProps {
  readonly orphan: OrphanKey;
  readonly name: string;
  onRemove(): void;
}

function LeftOver({ orphan, name, onRemove }: LeftOverProps): ReactNode {
  const { createdAt, lastUsedAt } = orphan;
  return (
    <li className={classes.leftOver}>
      <span className={classes.stack}>
        <code>{orphan.name === '' ? orphan.keyId : orphan.name}</code>
        <span className={classes.quiet}>
          made for {name}
          {createdAt === null ? null : (
            <>
              {' '}
              <RelativeTime at={createdAt} />
            </>
          )}
          {lastUsedAt === null ? (
            ', never used'
          ) : (
            <>
              , last used <RelativeTime at={lastUsedAt} />
            </>
          )}
        </span>
      </span>
      <Button size="compact-sm" variant="subtle" color="red" aria-label={`Revoke ${orphan.name}`} onClick={onRemove}>
        Revoke…
      </Button>
    </li>
  );
}

/** Keys at the providers that were made here and that nothing uses: looked for when asked, revoked one by one. */
export function LeftOverKeys(): ReactNode {
  const search = useAct('rotation.orphans', { showsErrors: true });
  const remove = useAct('rotation.removeOrphan');
  const keyName = useKeyName();
  const [leaving, setLeaving] = useState<OrphanKey | null>(null);
  const found = search.result;
  const removeOne = async (): Promise<void> => {
    if (leaving === null) return;
    const { credentialId, keyId } = leaving;
    if ((await remove.run({ credentialId, keyId })) !== undefined) {
      notifyDone('The key was revoked');
      await search.run({});
    }
    setLeaving(null);
  };
  const button = (
    <Button size="compact-sm" variant="default" loading={search.isRunning} onClick={() => void search.run({})}>
      {found === undefined ? 'Look for them' : 'Look again'}
    </Button>
  );
  return (
    <Card title="Left-over keys" {...(found === undefined ? {} : { aside: button })}>
      <div aria-live="polite">
        {search.error === null ? null : <p className={classes.failure}>{search.error.message}</p>}
        {found === undefined ? (
          <EmptyState
            compact
            title="Not looked for yet"
            text="Keys that were made here and that nothing uses, such as after a crash. Admin keys are used to look for them at the providers."
            action={button}
          />
        ) : found.orphans.length === 0 ? (
          <p className={classes.quiet}>
            {found.unreachable.length === 0 ? 'There are none.' : 'None where it could be looked.'}
          </p>
        ) : (
          <ul aria-label="Left-over keys">
            {found.orphans.map((orphan) => (
              <LeftOver
                key={orphan.keyId}
                orphan={orphan}
                name={keyName(orphan.credentialId)}
                onRemove={() => setLeaving(orphan)}
              />
            ))}
          </ul>
        )}
        {found?.unreachable.map(({ credentialId, message }) => (
          <p key={credentialId} className={classes.failure}>
            {keyName(credentialId)}: {message}
          </p>
        ))}
      </div>
      <ConfirmDialog
        isOpen={leaving !== null}
        title={`Revoke ${leaving?.name ?? ''}?`}
        verb="Revoke key"
        isRunning={remove.isRunning}
        onConfirm={() => void removeOne()}
        onCancel={() => setLeaving(null)}
      >
        The key is destroyed at its provider; this can’t be undone. Nothing in Tollkeeper uses it, so no call fails.
      </ConfirmDialog>
    </Card>
  );
}
