import type { ReactNode } from 'react';
import { PageHeader } from '#renderer/components/page-header.tsx';

/** Activity: see the page's own title. */
export function ActivityPage(): ReactNode {
  return <PageHeader title="Activity" />;
}
