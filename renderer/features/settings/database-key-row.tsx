import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { notifyDone } from '#renderer/components/notify.ts';
import { type DatabaseKeyView, databaseKeySteps } from '#shared/model/database-key.ts';
import { SettingRow } from './setting-row.tsx';

const dayMs = 24 * 60 * 60 * 1_000;

function describe({ step, problem, createdAt }: DatabaseKeyView): string {
  if (step !== null) return `${databaseKeySteps[step]} \u2026`;
  if (problem !== null) return problem;
  const days = Math.floor((Date.now() - Date.parse(createdAt)) / dayMs);
  const age = days < 1 ? 'Made today.' : `${days} ${days === 1 ? 'day' : 'days'} old.`;
  return `${age} Encrypts what is stored on this disk. Changing it loses nothing.`;
}

/** The age of the key that the databases are encrypted with, and the button that changes it. */
export function DatabaseKeyRow(): ReactNode {
  const { data: key } = useOperation('databaseKey.read', {});
  const change = useAct('databaseKey.rotate');
  if (key === undefined) return null;
  const changeNow = async (): Promise<void> => {
    const changed = await change.run({});
    if (changed !== undefined) notifyDone('Everything stored is encrypted with a new key');
  };
  return (
    <SettingRow name="Encryption key" help={describe(key)}>
      {(labels) => (
        <Button
          {...labels}
          size="compact-sm"
          variant="default"
          aria-label="Change the encryption key now"
          loading={change.isRunning || key.step !== null}
          onClick={() => void changeNow()}
        >
          Change now
        </Button>
      )}
    </SettingRow>
  );
}
