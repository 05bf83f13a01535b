import { IconActivity } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { Command } from '#renderer/components/commands.ts';

/** The acts of Activity that the command palette offers. */
export function useActivityCommands(): readonly Command[] {
  const navigate = useNavigate();
  const icon = <IconActivity size={16} stroke={1.6} />;
  return [
    {
      id: 'activity.refused',
      group: 'Activity',
      label: 'Show refused requests',
      keywords: ['denied'],
      icon,
      run: () => void navigate({ to: '/activity', search: { outcome: 'denied' } }),
    },
    {
      id: 'activity.failed',
      group: 'Activity',
      label: 'Show failed requests',
      keywords: ['errors', 'upstream'],
      icon,
      run: () => void navigate({ to: '/activity', search: { outcome: 'upstream_error' } }),
    },
    {
      id: 'activity.today',
      group: 'Activity',
      label: 'Show the last 24 hours',
      icon,
      run: () => void navigate({ to: '/activity', search: { span: '24h' } }),
    },
    {
      id: 'activity.audit',
      group: 'Activity',
      label: 'Open the audit log',
      keywords: ['history', 'decisions'],
      icon,
      run: () => void navigate({ to: '/activity', search: { part: 'audit' } }),
    },
  ];
}
