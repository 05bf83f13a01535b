import { IconBell } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useAct } from '#renderer/api/use-act.ts';
import type { Command } from '#renderer/components/commands.ts';

/** The acts of Alerts that the command palette offers. */
export function useAlertsCommands(): readonly Command[] {
  const navigate = useNavigate();
  const readAll = useAct('alert.readAll');
  const icon = <IconBell size={16} stroke={1.6} />;
  return [
    {
      id: 'alerts.read-all',
      group: 'Alerts',
      label: 'Mark all alerts as read',
      keywords: ['irregular', 'warning'],
      icon,
      run: () => void readAll.run({}),
    },
    {
      id: 'alerts.rules',
      group: 'Alerts',
      label: 'Change what is irregular',
      keywords: ['watch', 'rules', 'threshold', 'anomaly', 'unusual'],
      icon,
      run: () => void navigate({ to: '/alerts', search: { part: 'rules' } }),
    },
  ];
}
