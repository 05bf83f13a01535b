import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useUsagePages } from '#renderer/api/use-usage-pages.ts';
import { formatPlural } from '#renderer/components/format/count.ts';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { PageTabs } from '#renderer/components/page-tabs.tsx';
import type { UsageRecord } from '#shared/model/usage.ts';
import classes from './activity.module.css';
import { type ActivitySearch, isFiltered, withoutFilters } from './activity-search.ts';
import { AuditLog } from './audit-log.tsx';
import { ExportMenu } from './export-menu.tsx';
import { RequestDetails } from './request-details.tsx';
import { RequestFilters } from './request-filters.tsx';
import { RequestList } from './request-list.tsx';
import { useUsageFilter } from './usage-filter.ts';

const route = getRouteApi('/activity');

type Part = 'requests' | 'audit';

const firstRows = { from: 0, to: 0 };

function Requests(): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [range, setRange] = useState(firstRows);
  const [opened, setOpened] = useState<UsageRecord | null>(null);
  const filter = useUsageFilter(search);
  const pages = useUsagePages(filter, range);
  const go = (next: ActivitySearch): void => void navigate({ search: next });
  const open = (record: UsageRecord): void => {
    setOpened(record);
    go({ ...search, request: record.requestId });
  };
  const isEmpty = pages.total === 0 && !isFiltered(search);
  return (
    <>
      {isEmpty ? null : (
        <div className={classes.bar}>
          <RequestFilters search={search} onChange={go} />
          <span className={classes.count} role="status">
            {pages.total === undefined ? '' : formatPlural(pages.total, 'request')}
          </span>
        </div>
      )}
      <RequestList
        key={JSON.stringify(filter)}
        pages={pages}
        isFiltered={isFiltered(search)}
        onRangeChange={setRange}
        onOpen={open}
        onClearFilters={() => go(withoutFilters(search))}
      />
      <RequestDetails requestId={search.request} known={opened} onClose={() => go({ ...search, request: undefined })} />
    </>
  );
}

function ExportCurrent(): ReactNode {
  const filter = useUsageFilter(route.useSearch());
  const { total } = useUsagePages(filter, firstRows);
  return <ExportMenu filter={filter} total={total} />;
}

/** Activity: every request with what it used, and the audit log. */
export function ActivityPage(): ReactNode {
  const { part = 'requests', text } = route.useSearch();
  const navigate = route.useNavigate();
  const choose = (next: Part): void => void navigate({ search: next === 'requests' ? {} : { part: next } });
  return (
    <>
      <PageHeader title="Activity" description="What was called and decided. Prompts and answers are not stored.">
        {part === 'requests' ? <ExportCurrent /> : null}
      </PageHeader>
      <PageTabs<Part>
        label="Parts of Activity"
        value={part}
        tabs={[
          { value: 'requests', label: 'Requests' },
          { value: 'audit', label: 'Audit log' },
        ]}
        onChange={choose}
      >
        {part === 'requests' ? (
          <Requests />
        ) : (
          <AuditLog
            text={text}
            onSearch={(found) => void navigate({ search: (search) => ({ ...search, text: found }) })}
          />
        )}
      </PageTabs>
    </>
  );
}
