import { Button, Modal } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { GrantBudgets } from './grant-budgets.tsx';
import { emptyLimitFields } from './limit-draft.ts';
import { LimitForm } from './limit-form.tsx';
import { LimitRow } from './limit-row.tsx';
import { groupLimits, nameRule, nameSubject } from './limit-words.ts';
import classes from './limits.module.css';

const route = getRouteApi('/limits');

/** Limits: what may be spent and called, by everything, by each tool and with each key, and what is used of it. */
export function LimitsPage(): ReactNode {
  const { add, of, edit } = route.useSearch();
  const navigate = route.useNavigate();
  const limits = useOperation('limit.list', {});
  const keyName = useKeyName();
  const rows = limits.data;
  const edited = rows?.find(({ id }) => id === edit);
  const close = (): void => void navigate({ search: {} });
  const addButton = <Button onClick={() => void navigate({ search: { add: 'everything' } })}>Set a limit</Button>;
  const title =
    edited === undefined ? 'Set a limit' : `Change ${nameSubject(edited.subject, keyName)}, ${nameRule(edited.rule)}`;
  return (
    <>
      <PageHeader
        title="Limits"
        description="Money is set aside before a call and settled after it. All limits hold at once."
      >
        {rows === undefined || rows.length === 0 ? null : addButton}
      </PageHeader>
      <div className={classes.groups}>
        {limits.error !== null && rows === undefined ? (
          <Card>
            <ErrorState title="The limits could not be read" error={limits.error} onRetry={limits.retry} />
          </Card>
        ) : rows?.length === 0 ? (
          <Card>
            <EmptyState
              title="No limits yet"
              text="A limit says how much may be spent a day or a month, or how often may be called: by everything, one tool, or one key. Here you see what is left of each."
              action={addButton}
            />
          </Card>
        ) : (
          groupLimits(rows ?? [], keyName).map((group) => (
            <Card key={group.key} title={group.name}>
              <ul aria-label={`Limits of ${group.name}`}>
                {group.limits.map((limit) => (
                  <LimitRow
                    key={limit.id}
                    limit={limit}
                    subjectName={group.name}
                    onEdit={() => void navigate({ search: { edit: limit.id } })}
                  />
                ))}
              </ul>
            </Card>
          ))
        )}
        <GrantBudgets />
      </div>
      <Modal
        opened={add !== undefined || edited !== undefined}
        onClose={close}
        title={title}
        size={480}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <LimitForm
          key={edit ?? add ?? ''}
          initial={emptyLimitFields(add ?? 'everything', of)}
          limit={edited ?? null}
          onDone={close}
        />
      </Modal>
    </>
  );
}
