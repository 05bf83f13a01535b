import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { shell } from '#renderer/api/client.ts';
import classes from './copy-button.module.css';

const shownMs = 1_500;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for screen readers: `Copy the gateway URL`. */
  readonly label: string;
  /** Shows the icon alone. */
  readonly iconOnly?: boolean;
}

/** Copies a text to the clipboard and says so for a moment. */
export function CopyButton({ text, label, iconOnly = false }: CopyButtonProps): ReactNode {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = (): void => {
    shell('clipboard.copy', { text }).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  const Icon = isCopied ? IconCheck : IconCopy;
  return (
    <button
      type="button"
      className={`${classes.copy} ${isCopied ? classes.copied : ''}`}
      aria-label={label}
      title={label}
      onClick={copy}
    >
      <Icon size={14} stroke={1.75} aria-hidden="true" />
      {iconOnly ? null : isCopied ? 'copied' : 'copy'}
      <span role="status" aria-label={isCopied ? 'Copied' : ''} />
    </button>
  );
}
