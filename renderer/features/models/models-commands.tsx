import { IconArrowsSplit2 } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useOperation } from '#renderer/api/use-operation.ts';
import type { Command } from '#renderer/components/commands.ts';

/** The acts of Models that the command palette offers. */
export function useModelsCommands(): readonly Command[] {
  const navigate = useNavigate();
  const aliases = useOperation('alias.list', {}).data ?? [];
  const icon = <IconArrowsSplit2 size={16} stroke={1.6} />;
  return [
    {
      id: 'models.add',
      group: 'Models',
      label: 'Add an alias',
      description: 'A name of your own for models, with fall-back',
      keywords: ['route', 'fallback', 'model'],
      icon,
      run: () => void navigate({ to: '/models', search: { add: true } }),
    },
    {
      id: 'models.keys',
      group: 'Models',
      label: 'Show how the keys do',
      keywords: ['health', 'weight', 'pool', 'circuit'],
      icon,
      run: () => void navigate({ to: '/models', search: { part: 'keys' } }),
    },
    ...aliases.map(
      ({ name }): Command => ({
        id: `models.edit.${name}`,
        group: 'Models',
        label: `Change the alias ${name}`,
        icon,
        run: () => void navigate({ to: '/models', search: { edit: name } }),
      }),
    ),
  ];
}
