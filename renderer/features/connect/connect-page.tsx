import type { ReactNode } from 'react';
import { PageHeader } from '#renderer/components/page-header.tsx';

/** Connect: see the page's own title. */
export function ConnectPage(): ReactNode {
  return <PageHeader title="Connect" />;
}
