import { Button, Select } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { PageTabs } from '#renderer/components/page-tabs.tsx';
import { type RotationOverview, rotationStateSchema } from '#shared/model/rotation.ts';
import { AdminKeys } from './admin-keys.tsx';
import { CalendarPart } from './calendar-part.tsx';
import { HistoryPart } from './history-part.tsx';
import { KeyFilter } from './key-filter.tsx';
import { KeyPlans } from './key-plans.tsx';
import { LeftOverKeys } from './left-over-keys.tsx';
import classes from './rotation.module.css';
import { RotationDialogs } from './rotation-dialogs.tsx';
import { stateOf } from './rotation-words.ts';

const route = getRouteApi('/rotation');

type Part = 'calendar' | 'keys' | 'history' | 'admin';

const tabs: readonly { readonly value: Part; readonly label: string }[] = [
  { value: 'calendar', label: 'Calendar' },
  { value: 'keys', label: 'Schedules' },
  { value: 'history', label: 'History' },
  { value: 'admin', label: 'Admin keys' },
];

const states = rotationStateSchema.options.map((state) => ({
  value: state,
  label: stateOf({ state, direction: 'forward', waitingFor: null }).text,
}));

function Filters({
  part,
  overviews,
}: {
  readonly part: Part;
  readonly overviews: readonly RotationOverview[];
}): ReactNode {
  const { key, state } = route.useSearch();
  const navigate = route.useNavigate();
  if (part === 'admin')
    return <Button onClick={() => void navigate({ search: { part, dialog: 'admin' } })}>Add an admin key</Button>;
  if (part === 'keys') return null;
  return (
    <>
      {part === 'history' ? (
        <Select
          aria-label="How it stands"
          className={classes.filter ?? ''}
          placeholder="All changes"
          data={states}
          value={state ?? null}
          clearable
          onChange={(chosen) => void navigate({ search: (before) => ({ ...before, state: chosen ?? undefined }) })}
        />
      ) : null}
      <KeyFilter
        overviews={overviews}
        value={key}
        onChange={(chosen) => void navigate({ search: (before) => ({ ...before, key: chosen }) })}
      />
    </>
  );
}

function PartContent({
  part,
  overviews,
}: {
  readonly part: Part;
  readonly overviews: readonly RotationOverview[];
}): ReactNode {
  const navigate = route.useNavigate();
  switch (part) {
    case 'calendar':
      return <CalendarPart overviews={overviews} />;
    case 'keys':
      return <KeyPlans overviews={overviews} />;
    case 'history':
      return <HistoryPart />;
    case 'admin':
      return (
        <>
          <AdminKeys overviews={overviews} onAdd={() => void navigate({ search: { part, dialog: 'admin' } })} />
          <LeftOverKeys />
        </>
      );
  }
}

function NoKeys(): ReactNode {
  return (
    <Card>
      <EmptyState
        title="No keys to change yet"
        text="Once there is a key, its next change stands here in a calendar, and every change there was with all of its steps."
        action={<Button renderRoot={(props) => <Link to="/keys" search={{ add: '' }} {...props} />}>Add a key</Button>}
      />
    </Card>
  );
}

/** Rotation: when keys are changed, what is under way, what was, and the keys it is done with. */
export function RotationPage(): ReactNode {
  const { part = 'calendar' } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useOperation('rotation.list', {});
  const overviews = list.data;
  const isEmpty = overviews?.length === 0 && part !== 'history';
  return (
    <>
      <PageHeader title="Rotation" description="Keys are changed while they are used, without one failed call.">
        {overviews === undefined || isEmpty ? null : <Filters part={part} overviews={overviews} />}
      </PageHeader>
      {list.error !== null && overviews === undefined ? (
        <Card>
          <ErrorState title="The schedules could not be read" error={list.error} onRetry={list.retry} />
        </Card>
      ) : isEmpty ? (
        <NoKeys />
      ) : (
        <PageTabs<Part>
          label="Parts of Rotation"
          value={part}
          tabs={tabs}
          onChange={(next) => void navigate({ search: next === 'calendar' ? {} : { part: next } })}
        >
          {overviews === undefined ? null : <PartContent part={part} overviews={overviews} />}
        </PageTabs>
      )}
      <RotationDialogs overviews={overviews ?? []} />
    </>
  );
}
