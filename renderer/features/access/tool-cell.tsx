import type { ReactNode } from 'react';
import { plainText } from '#renderer/components/access-request/identity.ts';
import { shortenPath } from '#renderer/components/format/names.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import classes from './access.module.css';

interface ToolCellProps {
  readonly tool: string;
  readonly process: Pick<PeerProcess, 'executable' | 'folder'> | null;
}

/** A tool's name above the program and the folder it runs in. */
export function ToolCell({ tool, process }: ToolCellProps): ReactNode {
  const places = [process?.executable, process?.folder].filter((place) => place !== null && place !== undefined);
  return (
    <span className={classes.tool}>
      <span className={classes.name}>{plainText(tool)}</span>
      <span className={classes.place} title={places.join('\n')}>
        {places.length === 0 ? 'program unknown' : places.map(shortenPath).join(' \u00b7 ')}
      </span>
    </span>
  );
}
