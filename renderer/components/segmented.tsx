import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './segmented.module.css';

interface SegmentedProps<T extends string> {
  /** What is chosen, for screen readers. */
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  onChange(value: T): void;
}

/** A choice of one among a few short words. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>): ReactNode {
  return (
    <SegmentedControl<T>
      aria-label={label}
      classNames={{ root: classes.root ?? '', indicator: classes.indicator ?? '', label: classes.label ?? '' }}
      value={value}
      data={options.map((option) => ({ ...option }))}
      onChange={onChange}
      transitionDuration={100}
      withItemsBorders={false}
    />
  );
}
