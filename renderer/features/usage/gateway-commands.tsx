import { shell } from '#renderer/api/client.ts';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import type { Command } from '#renderer/components/commands.ts';
import { notifyDone } from '#renderer/components/notify.ts';

/** The acts on the gateway that the command palette offers. */
export function useGatewayCommands(): readonly Command[] {
  const status = useOperation('status.read', {});
  const pause = useAct('gateway.pause');
  const gateway = status.data?.gateway;
  if (gateway === undefined) return [];
  const isPaused = gateway.state === 'paused';
  const { url } = gateway;
  const pausing: Command = isPaused
    ? {
        id: 'gateway.resume',
        group: 'Gateway',
        label: 'Resume the gateway',
        run: () => void pause.run({ paused: false }),
      }
    : {
        id: 'gateway.pause',
        group: 'Gateway',
        label: 'Pause the gateway',
        description: 'Tools get an error until you resume it',
        run: () => void pause.run({ paused: true }),
      };
  if (url === null) return [pausing];
  return [
    {
      id: 'gateway.copy',
      group: 'Gateway',
      label: 'Copy the gateway URL',
      description: url,
      keywords: ['base url', 'address'],
      run: () => void shell('clipboard.copy', { text: url }).then(() => notifyDone('Gateway URL copied')),
    },
    pausing,
  ];
}
