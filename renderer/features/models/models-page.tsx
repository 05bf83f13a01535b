import { Button, Modal } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { PageTabs } from '#renderer/components/page-tabs.tsx';
import { AliasForm } from './alias-form.tsx';
import { AliasList } from './alias-list.tsx';
import { KeyPools } from './key-pools.tsx';

const route = getRouteApi('/models');

type Part = 'aliases' | 'keys';

/** Models: names of the user's own for them, and which keys serve. */
export function ModelsPage(): ReactNode {
  const { part = 'aliases', add, edit } = route.useSearch();
  const navigate = route.useNavigate();
  const aliases = useOperation('alias.list', {}).data;
  const edited = aliases?.find(({ name }) => name === edit);
  const open = (): void => void navigate({ search: { add: true } });
  const close = (): void => void navigate({ search: {} });
  return (
    <>
      <PageHeader title="Models" description="Names of your own for models, and the keys that serve them.">
        {part === 'aliases' && aliases !== undefined && aliases.length > 0 ? (
          <Button onClick={open}>Add an alias</Button>
        ) : null}
      </PageHeader>
      <PageTabs<Part>
        label="Parts of Models"
        value={part}
        tabs={[
          { value: 'aliases', label: 'Aliases', count: aliases?.length },
          { value: 'keys', label: 'Keys and health' },
        ]}
        onChange={(next) => void navigate({ search: next === 'keys' ? { part: next } : {} })}
      >
        {part === 'aliases' ? (
          <AliasList onAdd={open} onEdit={(name) => void navigate({ search: { edit: name } })} />
        ) : (
          <KeyPools />
        )}
      </PageTabs>
      <Modal
        opened={add === true || edited !== undefined}
        onClose={close}
        title={edited === undefined ? 'Add an alias' : `Change \u201c${edited.name}\u201d`}
        size={560}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <AliasForm key={edit ?? ''} alias={edited ?? null} onDone={close} />
      </Modal>
    </>
  );
}
