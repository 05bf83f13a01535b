import type { ReactNode } from 'react';
import { PageHeader } from '#renderer/components/page-header.tsx';

/** Keys: see the page's own title. */
export function KeysPage(): ReactNode {
  return <PageHeader title="Keys" />;
}
