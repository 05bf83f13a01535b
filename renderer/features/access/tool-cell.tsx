import type { ReactNode } from 'react';
import { plainText } from '#renderer/components/access-request/identity.ts';
import { shortenPath } from '#renderer/components/format/names.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import classes from './access.module.css';

const deepestShown = 4;

interface ToolCellProps {
  readonly tool: string;
  readonly process: Pick<PeerProcess, 'executable' | 'folder'> | null;
  /** What a sub-agent calls itself; null for the tool itself. */
  readonly delegate: string | null;
  /** How many grants it stems from and stands below. */
  readonly depth?: number;
}

/** A tool's name above the program and the folder it runs in; for a sub-agent, its name above the tool's. */
export function ToolCell({ tool, process, delegate, depth = 0 }: ToolCellProps): ReactNode {
  const places = [process?.executable, process?.folder].filter((place) => place !== null && place !== undefined);
  const where = places.length === 0 ? 'program unknown' : places.map(shortenPath).join(' \u00b7 ');
  return (
    <span className={classes.tool} data-depth={Math.min(depth, deepestShown)}>
      <span className={classes.name}>{delegate === null ? plainText(tool) : `\u201c${plainText(delegate)}\u201d`}</span>
      {delegate === null ? (
        <span className={classes.place} title={places.join('\n')}>
          {where}
        </span>
      ) : (
        <span className={classes.dim} title={places.join('\n')}>
          sub-agent of {plainText(tool)}
        </span>
      )}
    </span>
  );
}
