import { IconGauge } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useOperation } from '#renderer/api/use-operation.ts';
import type { Command } from '#renderer/components/commands.ts';

/** The acts of Limits that the command palette offers. */
export function useLimitsCommands(): readonly Command[] {
  const navigate = useNavigate();
  const grants = useOperation('grant.list', {}).data ?? [];
  const icon = <IconGauge size={16} stroke={1.6} />;
  const tools = [...new Set(grants.map(({ tool }) => tool))];
  return [
    {
      id: 'limits.add',
      group: 'Limits',
      label: 'Set a limit for everything',
      keywords: ['budget', 'rate', 'money', 'cap'],
      icon,
      run: () => void navigate({ to: '/limits', search: { add: 'everything' } }),
    },
    {
      id: 'limits.key',
      group: 'Limits',
      label: 'Set a limit for a key',
      keywords: ['budget', 'rate', 'credential'],
      icon,
      run: () => void navigate({ to: '/limits', search: { add: 'credential' } }),
    },
    ...tools.map(
      (tool): Command => ({
        id: `limits.tool.${tool}`,
        group: 'Limits',
        label: `Set a limit for ${tool}`,
        keywords: ['budget', 'rate'],
        icon,
        run: () => void navigate({ to: '/limits', search: { add: 'tool', of: tool } }),
      }),
    ),
  ];
}
