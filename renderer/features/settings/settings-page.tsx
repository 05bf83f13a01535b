import type { ReactNode } from 'react';
import { PageHeader } from '#renderer/components/page-header.tsx';

/** Settings: see the page's own title. */
export function SettingsPage(): ReactNode {
  return <PageHeader title="Settings" />;
}
