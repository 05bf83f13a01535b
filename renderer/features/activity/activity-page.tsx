import { VisuallyHidden } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useUsagePages } from '#renderer/api/use-usage-pages.ts';
import { formatPlural } from '#renderer/components/format/count.ts';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { PageTabs } from '#renderer/components/page-tabs.tsx';
import type { UsageFilter, UsageRecord } from '#shared/model/usage.ts';
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

interface RequestsProps {
  readonly search: ActivitySearch;
  readonly filter: UsageFilter;
  onChange(search: ActivitySearch): void;
}

function Requests({ search, filter, onChange }: RequestsProps): ReactNode {
  const [range, setRange] = useState(firstRows);
  const [opened, setOpened] = useState<UsageRecord | null>(null);
  const pages = useUsagePages(filter, range);
  const isNarrowed = isFiltered(search);
  const open = (record: UsageRecord): void => {
    setOpened(record);
    onChange({ ...search, request: record.requestId });
  };
  return (
    <>
      {pages.total === 0 && !isNarrowed ? null : <RequestFilters search={search} onChange={onChange} />}
      <RequestList
        key={JSON.stringify(filter)}
        pages={pages}
        isFiltered={isNarrowed}
        onRangeChange={setRange}
        onOpen={open}
        onClearFilters={() => onChange(withoutFilters(search))}
      />
      <RequestDetails
        requestId={search.request}
        known={opened}
        onClose={() => onChange({ ...search, request: undefined })}
      />
    </>
  );
}

/** Activity: every request with what it used, and the audit log. */
export function ActivityPage(): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = useUsageFilter(search);
  const isAudit = search.part === 'audit';
  const { total } = useUsagePages(filter, firstRows);
  const go = (next: ActivitySearch): void => void navigate({ search: next });
  const choose = (next: Part): void => go(next === 'requests' ? {} : { part: next });
  return (
    <>
      <PageHeader title="Activity" description="What was called and decided. Prompts and answers are not stored.">
        {isAudit ? null : <ExportMenu filter={filter} total={total} />}
      </PageHeader>
      <PageTabs<Part>
        label="Parts of Activity"
        value={search.part ?? 'requests'}
        tabs={[
          { value: 'requests', label: 'Requests', count: isAudit ? undefined : total },
          { value: 'audit', label: 'Audit log' },
        ]}
        onChange={choose}
      >
        {isAudit ? (
          <AuditLog text={search.text} onSearch={(text) => go({ ...search, text })} />
        ) : (
          <Requests search={search} filter={filter} onChange={go} />
        )}
      </PageTabs>
      <VisuallyHidden role="status">
        {isAudit || total === undefined ? '' : `${formatPlural(total, 'request')} found`}
      </VisuallyHidden>
    </>
  );
}
