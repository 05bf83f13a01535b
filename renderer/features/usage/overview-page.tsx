import type { ReactNode } from 'react';
import { PageHeader } from '#renderer/components/page-header.tsx';

/** Overview. */
export function OverviewPage(): ReactNode {
  return <PageHeader title="Overview" />;
}
