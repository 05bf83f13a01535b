import { Button } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { PageTabs } from '#renderer/components/page-tabs.tsx';
import { AlertList } from './alert-list.tsx';
import { RuleList } from './rule-list.tsx';

const route = getRouteApi('/alerts');

type Part = 'alerts' | 'rules';

const shown = { unreadOnly: false, limit: 200 };

/** Alerts: what was irregular, what was done about it, and by which rules it is noticed. */
export function AlertsPage(): ReactNode {
  const { part = 'alerts', edit } = route.useSearch();
  const navigate = route.useNavigate();
  const alerts = useOperation('alert.list', shown);
  const readAll = useAct('alert.readAll');
  const unread = alerts.data?.filter(({ readAt }) => readAt === null).length ?? 0;
  return (
    <>
      <PageHeader title="Alerts" description="What a tool never did before, and tokens where they should not be.">
        {part === 'alerts' && unread > 0 ? (
          <Button variant="default" loading={readAll.isRunning} onClick={() => void readAll.run({})}>
            Mark all as read
          </Button>
        ) : null}
      </PageHeader>
      <PageTabs<Part>
        label="Parts of Alerts"
        value={part}
        tabs={[
          { value: 'alerts', label: 'Alerts', count: unread === 0 ? undefined : unread },
          { value: 'rules', label: 'Rules' },
        ]}
        onChange={(next) => void navigate({ search: next === 'rules' ? { part: next } : {} })}
      >
        {part === 'rules' ? (
          <RuleList edited={edit} onEdit={(rule) => void navigate({ search: { part: 'rules', edit: rule } })} />
        ) : (
          <AlertList alerts={alerts} />
        )}
      </PageTabs>
    </>
  );
}
