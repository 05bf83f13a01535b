import type { ReactNode } from 'react';
import { shell } from '#renderer/api/client.ts';

/** A link to a provider's own page, which opens in the person's browser. */
export function ConsoleLink({ url }: { readonly url: string }): ReactNode {
  return (
    <a
      href={url}
      onClick={(event) => {
        event.preventDefault();
        shell('external.open', { url }).catch(() => undefined);
      }}
    >
      {new URL(url).hostname}
    </a>
  );
}
