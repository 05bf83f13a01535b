import { VisuallyHidden } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';

/** Tells a screen reader that a tool began to wait for an answer at once. */
export function RequestAnnouncer(): ReactNode {
  const requests = useOperation('request.list', {});
  const known = useRef<ReadonlySet<string> | null>(null);
  const [message, setMessage] = useState('');
  const all = requests.data;
  useEffect(() => {
    if (all === undefined) return;
    const list = all.filter(({ inbox }) => inbox === null);
    const arrived = known.current === null ? [] : list.filter((request) => !known.current?.has(request.id));
    known.current = new Set(list.map((request) => request.id));
    if (arrived.length > 0)
      setMessage(`${arrived.map((request) => request.tool).join(', ')} asks for access. Answer on the Access page.`);
  }, [all]);
  return (
    <VisuallyHidden aria-live="assertive" role="alert">
      {message}
    </VisuallyHidden>
  );
}
