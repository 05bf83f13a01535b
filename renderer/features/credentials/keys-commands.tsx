import { IconKey } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useProviders } from '#renderer/api/use-providers.ts';
import type { Command } from '#renderer/components/commands.ts';

/** The acts of Keys that the command palette offers. */
export function useKeysCommands(): readonly Command[] {
  const navigate = useNavigate();
  const providers = useProviders();
  const icon = <IconKey size={16} stroke={1.6} />;
  return [
    {
      id: 'keys.add',
      group: 'Keys',
      label: 'Add a key',
      icon,
      run: () => void navigate({ to: '/keys', search: { add: '' } }),
    },
    ...providers.map(
      ({ id, name }): Command => ({
        id: `keys.add.${id}`,
        group: 'Keys',
        label: `Add a key of ${name}`,
        icon,
        run: () => void navigate({ to: '/keys', search: { add: id } }),
      }),
    ),
  ];
}
