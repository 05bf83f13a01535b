import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { formatPlural } from '#renderer/components/format/count.ts';
import { notifyDone } from '#renderer/components/notify.ts';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { AdminKey, RotationOverview } from '#shared/model/rotation.ts';
import classes from './rotation.module.css';

function columns(
  providerName: (id: string) => string,
  usersOf: (key: AdminKey) => number,
  onRemove: (key: AdminKey) => void,
): readonly Column<AdminKey>[] {
  return [
    { id: 'provider', title: 'Provider', cell: ({ provider }) => providerName(provider) },
    {
      id: 'key',
      title: 'Admin key',
      cell: ({ label, fingerprint }) => (
        <span className={classes.stack}>
          <span className={classes.itemName}>{label}</span>
          <code className={classes.quiet}>{fingerprint}</code>
        </span>
      ),
    },
    { id: 'used', title: 'Changes', cell: (key) => formatPlural(usersOf(key), 'key') },
    { id: 'stored', title: 'Stored', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    {
      id: 'acts',
      title: '',
      label: 'Acts',
      align: 'end',
      cell: (key) => (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          aria-label={`Remove ${key.label} ${key.fingerprint}`}
          onClick={() => onRemove(key)}
        >
          Remove…
        </Button>
      ),
    },
  ];
}

interface AdminKeysProps {
  readonly overviews: readonly RotationOverview[];
  /** Opens the dialog that adds one. */
  onAdd(): void;
}

/** Keys that make and end other keys: which there are, and what each one changes. */
export function AdminKeys({ overviews, onAdd }: AdminKeysProps): ReactNode {
  const keys = useOperation('adminKey.list', {});
  const remove = useAct('adminKey.remove');
  const providerName = useProviderName();
  const [leaving, setLeaving] = useState<AdminKey | null>(null);
  const usersOf = ({ id, provider }: AdminKey): number =>
    overviews.filter(
      ({ setup, method, provider: its }) =>
        setup.adminKeyId === id || (setup.adminKeyId === null && method === 'automatic' && its === provider),
    ).length;
  const removeKey = async (): Promise<void> => {
    if (leaving === null) return;
    const removed = await remove.run({ id: leaving.id });
    if (removed !== undefined) notifyDone(`${leaving.label} was removed`);
    setLeaving(null);
  };
  return (
    <Card title="Admin keys">
      {keys.error !== null && keys.data === undefined ? (
        <ErrorState title="The admin keys could not be read" error={keys.error} onRetry={keys.retry} />
      ) : keys.data?.length === 0 ? (
        <EmptyState
          title="No admin keys yet"
          text="An admin key makes and ends other keys at its provider. It stays in the keychain, is read for one change at a time, and never reaches the gateway or a tool."
          action={<Button onClick={onAdd}>Add an admin key</Button>}
        />
      ) : (
        <PlainTable
          label="Admin keys"
          columns={columns(providerName, usersOf, setLeaving)}
          rows={keys.data ?? []}
          rowKey={({ id }) => id}
        />
      )}
      <ConfirmDialog
        isOpen={leaving !== null}
        title={`Remove ${leaving?.label ?? ''}?`}
        verb="Remove admin key"
        isRunning={remove.isRunning}
        onConfirm={() => void removeKey()}
        onCancel={() => setLeaving(null)}
      >
        It leaves the keychain.{' '}
        {leaving !== null && usersOf(leaving) > 0
          ? `${formatPlural(usersOf(leaving), 'key')} can\u2019t be changed by Tollkeeper then, until you add one again; you are reminded instead. `
          : ''}
        Provider keys and calls are not touched. The admin key itself stays valid at its provider until you delete it
        there. This can’t be undone.
      </ConfirmDialog>
    </Card>
  );
}
