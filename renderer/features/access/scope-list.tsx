import type { ReactNode } from 'react';
import { describeScope } from '#renderer/components/format/scope.ts';
import classes from './access.module.css';

interface ScopeListProps {
  readonly scopes: readonly string[];
  providerName(id: string): string;
}

/** What may be done, one line per scope, in the prompt's words; the exact scope on hover. */
export function ScopeList({ scopes, providerName }: ScopeListProps): ReactNode {
  return (
    <ul className={classes.scopes}>
      {scopes.map((scope) => {
        const { before, strong, after, detail } = describeScope(scope, providerName);
        return (
          <li key={scope} title={scope}>
            {before} {strong} {after} {detail === null ? null : <code>{detail}</code>}
          </li>
        );
      })}
    </ul>
  );
}
