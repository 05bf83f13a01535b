import { Button, Modal } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { HealthPill } from '#renderer/components/health-pill.tsx';
import { KeyAge } from '#renderer/components/key-age.tsx';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { Credential } from '#shared/model/credential.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { AddKeyForm } from './add-key-form.tsx';
import { AddedKey, OutcomePill } from './added-key.tsx';
import { KeyActions } from './key-actions.tsx';
import classes from './keys.module.css';

const route = getRouteApi('/keys');

function columns(
  providerName: (id: string) => string,
  currentOf: (id: string) => Rotation | null,
): readonly Column<Credential>[] {
  return [
    {
      id: 'provider',
      title: 'Provider',
      cell: (key) => (
        <span className={classes.name}>
          <span className={classes.label}>
            {providerName(key.provider)}
            {key.isDefault ? (
              <Pill tone="neutral" title="Calls to this provider use this key">
                default
              </Pill>
            ) : null}
          </span>
          <span className={classes.secondary}>{key.baseUrl}</span>
        </span>
      ),
    },
    {
      id: 'key',
      title: 'Key',
      cell: (key) => (
        <span className={classes.name}>
          <span className={classes.keyLabel} title={key.label}>
            {key.label}
          </span>
          <code className={classes.secondary}>{key.fingerprint}</code>
        </span>
      ),
    },
    { id: 'health', title: 'Now', cell: (key) => <HealthPill credential={key} /> },
    { id: 'state', title: 'Last tried', cell: (key) => <OutcomePill verification={key.verification} /> },
    {
      id: 'used',
      title: 'Last used',
      cell: (key) => (
        <span className={classes.nowrap}>
          {key.lastUsedAt === null ? 'never' : <RelativeTime at={key.lastUsedAt} />}
        </span>
      ),
    },
    { id: 'age', title: 'Age', cell: (key) => <KeyAge credential={key} current={currentOf(key.id)} /> },
    {
      id: 'acts',
      title: '',
      label: 'Acts',
      align: 'end',
      cell: (key) => <KeyActions credential={key} providerName={providerName(key.provider)} />,
    },
  ];
}

/** Keys: what is in the keychain, and adding another one. */
export function KeysPage(): ReactNode {
  const { add } = route.useSearch();
  const navigate = route.useNavigate();
  const credentials = useOperation('credential.list', {});
  const rotations = useOperation('rotation.list', {}).data;
  const currentOf = (id: string): Rotation | null =>
    rotations?.find(({ credentialId }) => credentialId === id)?.current ?? null;
  const providerName = useProviderName();
  const [added, setAdded] = useState<Credential | null>(null);
  const open = (): void => void navigate({ search: { add: '' } });
  const close = (): void => {
    setAdded(null);
    void navigate({ search: {} });
  };
  const addButton = <Button onClick={open}>Add a key</Button>;
  const rows = credentials.data;
  return (
    <>
      <PageHeader title="Keys" description="Provider keys live in the keychain. Tools never see them.">
        {rows === undefined || rows.length === 0 ? null : addButton}
      </PageHeader>
      <Card>
        {credentials.error !== null && rows === undefined ? (
          <ErrorState title="The keys could not be read" error={credentials.error} onRetry={credentials.retry} />
        ) : rows?.length === 0 ? (
          <EmptyState
            title="No keys yet"
            text="Each provider key you add appears here, with when it was last used and how old it is."
            action={addButton}
          />
        ) : (
          <PlainTable
            label="Keys"
            columns={columns(providerName, currentOf)}
            rows={rows ?? []}
            rowKey={(key) => key.id}
          />
        )}
      </Card>
      <Modal
        opened={add !== undefined}
        onClose={close}
        title={added === null ? 'Add a key' : 'The key is stored'}
        size={480}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {added === null ? (
          <AddKeyForm provider={add ?? ''} onAdded={setAdded} onCancel={close} />
        ) : (
          <AddedKey credential={added} providerName={providerName(added.provider)} onDone={close} />
        )}
      </Modal>
    </>
  );
}
