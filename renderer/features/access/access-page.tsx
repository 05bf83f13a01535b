import type { ReactNode } from 'react';
import { PageHeader } from '#renderer/components/page-header.tsx';

/** Access: see the page's own title. */
export function AccessPage(): ReactNode {
  return <PageHeader title="Access" />;
}
