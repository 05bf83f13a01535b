import { IconShieldCheck } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useOperation } from '#renderer/api/use-operation.ts';
import { shownToolName } from '#renderer/components/access-request/identity.ts';
import type { Command } from '#renderer/components/commands.ts';

/** The acts of Access that the command palette offers. */
export function useAccessCommands(): readonly Command[] {
  const navigate = useNavigate();
  const requests = useOperation('request.list', {}).data ?? [];
  const grants = useOperation('grant.list', {}).data ?? [];
  const icon = <IconShieldCheck size={16} stroke={1.6} />;
  const answers = requests.map(
    (request): Command => ({
      id: `access.review.${request.id}`,
      group: 'Access',
      label: `Answer ${shownToolName(request)}`,
      description: 'It waits for access',
      keywords: ['allow', 'deny', 'approve', 'review'],
      icon,
      run: () => void navigate({ to: '/access', search: { review: request.id } }),
    }),
  );
  const endings: readonly Command[] =
    requests.length + grants.length === 0
      ? []
      : [
          {
            id: 'access.panic',
            group: 'Access',
            label: 'End everything',
            description: 'Every token, every open stream',
            keywords: ['panic', 'revoke', 'stop'],
            icon,
            run: () => void navigate({ to: '/access', search: { open: 'end-everything' } }),
          },
        ];
  return [
    ...answers,
    ...endings,
    {
      id: 'access.policy',
      group: 'Access',
      label: 'Add a policy',
      description: 'Always allow or deny a tool',
      icon,
      run: () => void navigate({ to: '/access', search: { part: 'policies', open: 'add-policy' } }),
    },
    {
      id: 'access.ended',
      group: 'Access',
      label: 'Show ended access',
      icon,
      run: () => void navigate({ to: '/access', search: { part: 'ended' } }),
    },
  ];
}
