import { Select } from '@mantine/core';
import type { ReactNode } from 'react';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import type { RotationOverview } from '#shared/model/rotation.ts';
import classes from './rotation.module.css';

interface KeyFilterProps {
  readonly overviews: readonly RotationOverview[];
  /** Id of the only key that is shown; undefined for all. */
  readonly value: string | undefined;
  onChange(credentialId: string | undefined): void;
}

/** Narrows a part of the page to one key. */
export function KeyFilter({ overviews, value, onChange }: KeyFilterProps): ReactNode {
  const keyName = useKeyName();
  return (
    <Select
      aria-label="Key"
      className={classes.filter ?? ''}
      placeholder="All keys"
      data={overviews.map(({ credentialId }) => ({ value: credentialId, label: keyName(credentialId) }))}
      value={value ?? null}
      clearable
      onChange={(chosen) => onChange(chosen ?? undefined)}
    />
  );
}
