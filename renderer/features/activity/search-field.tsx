import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useDebouncedText } from './use-debounced-text.ts';

interface SearchFieldProps {
  readonly label: string;
  readonly value: string | undefined;
  /** Told once typing pauses; undefined for nothing to look for. */
  onChange(value: string | undefined): void;
}

/** Words to look for in a list. */
export function SearchField({ label, value, onChange }: SearchFieldProps): ReactNode {
  const { text, type } = useDebouncedText(value, onChange);
  return (
    <TextInput
      type="search"
      size="xs"
      w={184}
      aria-label={label}
      placeholder={label}
      maxLength={200}
      leftSection={<IconSearch size={14} stroke={1.75} aria-hidden="true" />}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}
