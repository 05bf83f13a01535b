import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';

const quietMs = 250;

/** A text field whose value is told once typing pauses; follows `value` when it changes elsewhere, as by the back button. */
export function useDebouncedText(
  value: string | undefined,
  onChange: (value: string | undefined) => void,
): { readonly text: string; type(text: string): void } {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const tell = useDebouncedCallback((next: string) => onChange(next.trim() === '' ? undefined : next.trim()), quietMs);
  return {
    text,
    type: (next) => {
      setText(next);
      tell(next);
    },
  };
}
