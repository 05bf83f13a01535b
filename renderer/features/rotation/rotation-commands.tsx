import { IconRefresh } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import type { Command } from '#renderer/components/commands.ts';
import type { RotationSearch } from './rotation-search.ts';

/** The acts of Rotation that the command palette offers. */
export function useRotationCommands(): readonly Command[] {
  const navigate = useNavigate();
  const overviews = useOperation('rotation.list', {}).data ?? [];
  const keyName = useKeyName();
  const command = (id: string, label: string, search: RotationSearch, keywords: readonly string[]): Command => ({
    ...{ id: `rotation.${id}`, group: 'Rotation', label, keywords },
    icon: <IconRefresh size={16} stroke={1.6} />,
    run: () => void navigate({ to: '/rotation', search }),
  });
  return [
    command('history', 'Show every change of a key', { part: 'history' }, ['rotation', 'log', 'failed']),
    command('orphans', 'Look for left-over keys', { part: 'admin' }, ['orphan', 'clean up', 'revoke']),
    command('admin', 'Add an admin key', { part: 'admin', dialog: 'admin' }, ['rotation', 'management']),
    ...overviews.flatMap(({ credentialId }) => {
      const name = keyName(credentialId);
      return [
        command(`now.${credentialId}`, `Rotate ${name} now`, { dialog: 'rotate', of: credentialId }, ['change', 'key']),
        command(`plan.${credentialId}`, `Schedule ${name}`, { part: 'keys', dialog: 'schedule', of: credentialId }, [
          'rotate',
          'every',
          'cron',
        ]),
      ];
    }),
  ];
}
