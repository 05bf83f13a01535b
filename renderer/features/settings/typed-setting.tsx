import { TextInput } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useEffect, useState } from 'react';
import { SettingRow } from './setting-row.tsx';
import classes from './settings.module.css';

interface TypedSettingProps<T> {
  readonly name: string;
  readonly help: ReactNode;
  readonly value: T;
  readonly placeholder?: string;
  readonly wide?: boolean;
  /** Writes a value as a person would type it. */
  format(value: T): string;
  /** Reads what was typed; an object with `problem` says what is wrong with it. */
  parse(text: string): { readonly value: T } | { readonly problem: string };
  onSave(value: T): void;
}

/** A setting that is typed: saved on Enter or when the field is left, taken back by Escape. */
export function TypedSetting<T>({
  name,
  help,
  value,
  placeholder,
  wide = false,
  format,
  parse,
  onSave,
}: TypedSettingProps<T>): ReactNode {
  const saved = format(value);
  const [text, setText] = useState(saved);
  useEffect(() => setText(saved), [saved]);
  const parsed = parse(text);
  const problem = 'problem' in parsed ? parsed.problem : null;
  const save = (): void => {
    if (text === saved) return;
    if ('value' in parsed) onSave(parsed.value);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') save();
    if (event.key === 'Escape') setText(saved);
  };
  return (
    <SettingRow name={name} help={help}>
      {(labels) => (
        <TextInput
          {...labels}
          className={wide ? classes.wide : classes.narrow}
          value={text}
          placeholder={placeholder ?? ''}
          error={problem}
          onChange={(event) => setText(event.currentTarget.value)}
          onBlur={save}
          onKeyDown={onKeyDown}
        />
      )}
    </SettingRow>
  );
}
