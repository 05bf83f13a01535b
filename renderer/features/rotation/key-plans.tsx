import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { formatPlural } from '#renderer/components/format/count.ts';
import { formatIn } from '#renderer/components/format/time.ts';
import { useNow } from '#renderer/components/format/use-now.ts';
import { Pill } from '#renderer/components/pill.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import type { RotationOverview } from '#shared/model/rotation.ts';
import { rotationSupport } from './provider-rotation.ts';
import classes from './rotation.module.css';
import { formatDate, methodWords, nameWithLabel, scheduleWords, stateOf } from './rotation-words.ts';

const route = getRouteApi('/rotation');

function Next({ overview, now }: { readonly overview: RotationOverview; readonly now: number }): ReactNode {
  const { setup, due, current } = overview;
  if (current !== null) {
    const { tone, text } = stateOf(current);
    return <Pill tone={tone}>{text}</Pill>;
  }
  if (setup.schedule === null) return <span className={classes.quiet}>never</span>;
  if (setup.paused) return <Pill tone="neutral">paused</Pill>;
  if (due) return <Pill tone="amber">due</Pill>;
  if (setup.nextAt === null) return null;
  const at = Date.parse(setup.nextAt);
  return (
    <span className={classes.stack}>
      <span>{formatDate(at, now)}</span>
      <span className={classes.quiet}>{formatIn(at - now)}</span>
    </span>
  );
}

function PlanActs({ overview, name }: { readonly overview: RotationOverview; readonly name: string }): ReactNode {
  const navigate = route.useNavigate();
  const pause = useAct('rotation.pause');
  const { credentialId, provider, setup, current } = overview;
  const open = (dialog: 'rotate' | 'schedule' | 'connect'): void =>
    void navigate({ search: (before) => ({ ...before, dialog, of: credentialId }) });
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon aria-label={`What to do with ${name}`} loading={pause.isRunning}>
          <IconDots size={16} stroke={1.75} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => open('rotate')}>{current === null ? 'Rotate now…' : 'Show its change…'}</Menu.Item>
        <Menu.Item onClick={() => open('schedule')}>Schedule…</Menu.Item>
        {rotationSupport(provider) === undefined ? null : (
          <Menu.Item onClick={() => open('connect')}>Admin key…</Menu.Item>
        )}
        {setup.schedule === null ? null : (
          <Menu.Item onClick={() => void pause.run({ credentialId, paused: !setup.paused })}>
            {setup.paused ? 'Resume' : 'Pause'}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item onClick={() => void navigate({ search: { part: 'history', key: credentialId } })}>
          Its history
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function columns(providerName: (id: string) => string, now: number): readonly Column<RotationOverview>[] {
  return [
    {
      id: 'key',
      title: 'Key',
      cell: ({ provider, label, fingerprint }) => (
        <span className={`${classes.stack} ${classes.keyCell}`}>
          <span className={classes.itemName}>{nameWithLabel(providerName(provider), label)}</span>
          <code className={classes.quiet}>{fingerprint}</code>
        </span>
      ),
    },
    {
      id: 'age',
      title: 'Age',
      align: 'end',
      cell: ({ ageDays }) => <span className={classes.nowrap}>{formatPlural(ageDays, 'day')}</span>,
    },
    { id: 'schedule', title: 'Changed', cell: (overview) => scheduleWords(overview) },
    {
      id: 'method',
      title: 'How',
      cell: ({ method }) => (
        <span className={classes.nowrap} title={methodWords[method].title}>
          {methodWords[method].text}
        </span>
      ),
    },
    { id: 'next', title: 'Next', cell: (overview) => <Next overview={overview} now={now} /> },
    {
      id: 'acts',
      title: '',
      label: 'Acts',
      align: 'end',
      cell: (overview) => (
        <PlanActs
          overview={overview}
          name={`${nameWithLabel(providerName(overview.provider), overview.label)} ${overview.fingerprint}`}
        />
      ),
    },
  ];
}

/** Every key with its age, its schedule, how it is changed, and when next. */
export function KeyPlans({ overviews }: { readonly overviews: readonly RotationOverview[] }): ReactNode {
  const providerName = useProviderName();
  const now = useNow(30_000);
  return (
    <Card>
      <PlainTable
        label="Schedules"
        columns={columns(providerName, now)}
        rows={overviews}
        rowKey={({ credentialId }) => credentialId}
      />
    </Card>
  );
}
