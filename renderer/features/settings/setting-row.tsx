import { Switch } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './settings.module.css';

interface SettingRowProps {
  readonly name: string;
  readonly help: ReactNode;
  /** The control; gets the ids of its name and of its help. */
  children(labels: { readonly 'aria-labelledby': string; readonly 'aria-describedby': string }): ReactNode;
}

/** One setting: its name, what it does, and its control at the right. */
export function SettingRow({ name, help, children }: SettingRowProps): ReactNode {
  const nameId = useId();
  const helpId = useId();
  return (
    <div className={classes.row}>
      <div>
        <div id={nameId} className={classes.name}>
          {name}
        </div>
        <div id={helpId} className={classes.help}>
          {help}
        </div>
      </div>
      <div className={classes.control}>{children({ 'aria-labelledby': nameId, 'aria-describedby': helpId })}</div>
    </div>
  );
}

interface SwitchRowProps {
  readonly name: string;
  readonly help: ReactNode;
  readonly checked: boolean;
  readonly disabled?: boolean;
  onChange(checked: boolean): void;
}

/** A setting that is on or off. */
export function SwitchRow({ name, help, checked, disabled = false, onChange }: SwitchRowProps): ReactNode {
  return (
    <SettingRow name={name} help={help}>
      {(labels) => (
        <Switch
          {...labels}
          checked={checked}
          disabled={disabled}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      )}
    </SettingRow>
  );
}
