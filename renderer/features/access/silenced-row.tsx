import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { plainText } from '#renderer/components/access-request/identity.ts';
import { formatPlural } from '#renderer/components/format/count.ts';
import { shortenPath } from '#renderer/components/format/names.ts';
import { formatIn } from '#renderer/components/format/time.ts';
import { useNow } from '#renderer/components/format/use-now.ts';
import { notifyDone } from '#renderer/components/notify.ts';
import type { SilencedTool } from '#shared/model/asked-request.ts';
import classes from './access.module.css';

/** A tool that was denied again and again: until when it is refused by itself, and the button that hears it again. */
export function SilencedRow({ silenced }: { readonly silenced: SilencedTool }): ReactNode {
  const listen = useAct('request.listen');
  const now = useNow(1_000);
  const name = plainText(silenced.tool);
  const run = async (): Promise<void> => {
    if ((await listen.run({ id: silenced.id })) !== undefined) notifyDone(`${name} is heard again`);
  };
  return (
    <li className={classes.silence}>
      <span className={classes.policyWords}>
        <span>
          <strong>{`\u201c${name}\u201d`}</strong> was denied twice and is refused by itself; heard again{' '}
          {formatIn(Date.parse(silenced.until) - now)}
        </span>
        <span className={classes.dim}>
          {silenced.executable === null ? 'program unknown' : shortenPath(silenced.executable)} ·{' '}
          {silenced.refused === 0 ? 'has not asked since' : `asked ${formatPlural(silenced.refused, 'time')} since`}
        </span>
      </span>
      <Button
        size="compact-sm"
        variant="default"
        loading={listen.isRunning}
        aria-label={`Listen to ${name} again`}
        onClick={() => void run()}
      >
        Listen again
      </Button>
    </li>
  );
}
