import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Command } from '#renderer/components/commands.ts';
import { useAccessCommands } from '#renderer/features/access/access-commands.tsx';
import { useActivityCommands } from '#renderer/features/activity/activity-commands.tsx';
import { useAlertsCommands } from '#renderer/features/alerts/alerts-commands.tsx';
import { useConnectCommands } from '#renderer/features/connect/connect-commands.tsx';
import { useKeysCommands } from '#renderer/features/credentials/keys-commands.tsx';
import { useLimitsCommands } from '#renderer/features/limits/limits-commands.tsx';
import { useModelsCommands } from '#renderer/features/models/models-commands.tsx';
import { useRotationCommands } from '#renderer/features/rotation/rotation-commands.tsx';
import { useSettingsCommands } from '#renderer/features/settings/settings-commands.tsx';
import { useGatewayCommands } from '#renderer/features/usage/gateway-commands.tsx';
import { pages } from './pages.ts';

function useCommands(): readonly Command[] {
  const navigate = useNavigate();
  const goTo = pages.map(
    (page): Command => ({
      id: `go${page.to}`,
      group: 'Go to',
      label: page.name,
      icon: <page.icon size={16} stroke={1.6} />,
      run: () => void navigate({ to: page.to }),
    }),
  );
  return [
    ...goTo,
    ...useAccessCommands(),
    ...useKeysCommands(),
    ...useRotationCommands(),
    ...useAlertsCommands(),
    ...useLimitsCommands(),
    ...useModelsCommands(),
    ...useConnectCommands(),
    ...useActivityCommands(),
    ...useGatewayCommands(),
    ...useSettingsCommands(),
  ];
}

function grouped(commands: readonly Command[]): SpotlightActionGroupData[] {
  const groups = new Map<string, SpotlightActionGroupData>();
  for (const command of commands) {
    const group = groups.get(command.group) ?? { group: command.group, actions: [] };
    groups.set(command.group, group);
    group.actions.push({
      id: command.id,
      label: command.label,
      onClick: command.run,
      leftSection: command.icon,
      ...(command.description === undefined ? {} : { description: command.description }),
      ...(command.keywords === undefined ? {} : { keywords: [...command.keywords] }),
    });
  }
  return [...groups.values()];
}

/** The command palette reaches every act of every page; the frame opens it. */
export function Palette(): ReactNode {
  return (
    <Spotlight
      actions={grouped(useCommands())}
      attributes={{ content: { 'aria-label': 'Command palette' } }}
      shortcut={null}
      nothingFound="Nothing is called that"
      highlightQuery
      scrollable
      maxHeight={420}
      overlayProps={{ backgroundOpacity: 0.35 }}
      transitionProps={{ duration: 100 }}
      searchProps={{
        leftSection: <IconSearch size={16} stroke={1.6} />,
        placeholder: 'Find an act, a page, a tool',
        'aria-label': 'Find an act, a page, a tool',
      }}
    />
  );
}
