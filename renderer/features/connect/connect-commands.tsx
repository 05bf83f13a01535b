import { IconPlugConnected } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { Command } from '#renderer/components/commands.ts';
import { connectTools } from './tools.ts';

/** The acts of Connect that the command palette offers. */
export function useConnectCommands(): readonly Command[] {
  const navigate = useNavigate();
  const icon = <IconPlugConnected size={16} stroke={1.6} />;
  return connectTools.map(
    ({ id, name }): Command => ({
      id: `connect.${id}`,
      group: 'Connect',
      label: `Connect ${name}`,
      keywords: ['set up', 'configure'],
      icon,
      run: () => void navigate({ to: '/connect', search: { tool: id } }),
    }),
  );
}
