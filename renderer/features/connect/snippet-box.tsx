import type { ReactNode } from 'react';
import { CopyButton } from '#renderer/components/copy-button.tsx';
import classes from './connect.module.css';
import type { Snippet } from './connect-target.ts';

/** Lines to paste, with where they go and a button that copies them. */
export function SnippetBox({ snippet }: { readonly snippet: Snippet }): ReactNode {
  return (
    <figure className={classes.snippet}>
      <figcaption>
        <span>{snippet.where}</span>
        <CopyButton text={snippet.text} label={`Copy the lines: ${snippet.where}`} />
      </figcaption>
      <pre>{snippet.text}</pre>
    </figure>
  );
}

/** One command to type, with a button that copies it. */
export function CommandLine({ command }: { readonly command: string }): ReactNode {
  return (
    <div className={classes.command}>
      <code>{command}</code>
      <CopyButton text={command} label={`Copy ${command}`} />
    </div>
  );
}
