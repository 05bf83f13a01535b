import { Switch } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './settings.module.css';

interface SettingRowProps {
  readonly name: string;
  readonly help: ReactNode;
  /** The control; gets the id that its name is for, and the id of its help. */
  children(labels: { readonly id: string; readonly 'aria-describedby': string }): ReactNode;
}

/** One setting: its name, what it does, and its control at the right. */
export function SettingRow({ name, help, children }: SettingRowProps): ReactNode {
  const controlId = useId();
  const helpId = useId();
  return (
    <div className={classes.row}>
      <div>
        <label htmlFor={controlId} className={classes.name}>
          {name}
        </label>
        <div id={helpId} className={classes.help}>
          {help}
        </div>
      </div>
      <div className={classes.control}>{children({ id: controlId, 'aria-describedby': helpId })}</div>
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
