import { IconCoin, IconMoon, IconSettings, IconSun } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useAct } from '#renderer/api/use-act.ts';
import type { Command } from '#renderer/components/commands.ts';
import { notifyDone } from '#renderer/components/notify.ts';
import { useSettings } from './use-settings.ts';

/** The acts of Settings that the command palette offers. */
export function useSettingsCommands(): readonly Command[] {
  const { save } = useSettings();
  const update = useAct('price.update');
  const navigate = useNavigate();
  return [
    {
      id: 'settings.light',
      group: 'Settings',
      label: 'Use the light theme',
      keywords: ['appearance', 'bright'],
      icon: <IconSun size={16} stroke={1.6} />,
      run: () => save({ theme: 'light' }),
    },
    {
      id: 'settings.dark',
      group: 'Settings',
      label: 'Use the dark theme',
      keywords: ['appearance', 'night'],
      icon: <IconMoon size={16} stroke={1.6} />,
      run: () => save({ theme: 'dark' }),
    },
    {
      id: 'settings.system',
      group: 'Settings',
      label: 'Follow the system\u2019s theme',
      keywords: ['appearance'],
      icon: <IconSettings size={16} stroke={1.6} />,
      run: () => save({ theme: 'system' }),
    },
    {
      id: 'settings.prompts',
      group: 'Settings',
      label: 'Show how often you were asked',
      keywords: ['prompts', 'questions', 'policies', 'fatigue'],
      icon: <IconSettings size={16} stroke={1.6} />,
      run: () => void navigate({ to: '/settings', search: { part: 'prompts' } }),
    },
    {
      id: 'settings.network',
      group: 'Settings',
      label: 'Set up the network',
      keywords: ['proxy', 'certificate', 'timeout', 'time-out'],
      icon: <IconSettings size={16} stroke={1.6} />,
      run: () => void navigate({ to: '/settings', search: { part: 'network' } }),
    },
    {
      id: 'settings.own-price',
      group: 'Settings',
      label: 'Show the prices',
      keywords: ['catalogue', 'cost', 'own price'],
      icon: <IconCoin size={16} stroke={1.6} />,
      run: () => void navigate({ to: '/settings', search: { part: 'prices' } }),
    },
    {
      id: 'settings.prices',
      group: 'Settings',
      label: 'Fetch the newest prices',
      keywords: ['update', 'catalogue', 'cost'],
      icon: <IconCoin size={16} stroke={1.6} />,
      run: () =>
        void update.run({}).then((answer) => {
          if (answer !== undefined) notifyDone(`Prices are from ${answer.version}`);
        }),
    },
    {
      id: 'settings.checks',
      group: 'Settings',
      label: 'Run the checks',
      keywords: ['doctor', 'diagnose'],
      icon: <IconSettings size={16} stroke={1.6} />,
      run: () => void navigate({ to: '/settings', search: { checks: true } }),
    },
  ];
}
