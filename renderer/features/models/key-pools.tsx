import { Button, NumberInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { formatShare } from '#renderer/components/format/count.ts';
import { poolWeight } from '#renderer/components/format/key-health.ts';
import { HealthPill } from '#renderer/components/health-pill.tsx';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import type { Credential } from '#shared/model/credential.ts';
import classes from './models.module.css';

const highestWeight = 100;

function WeightField({ credential }: { readonly credential: Credential }): ReactNode {
  const saved = credential.weight ?? '';
  const [value, setValue] = useState<number | string>(saved);
  const setWeight = useAct('credential.setWeight');
  useEffect(() => setValue(saved), [saved]);
  const save = async (): Promise<void> => {
    const weight = value === '' ? null : Number(value);
    if (weight === credential.weight) return;
    const { id, label } = credential;
    const stored = await setWeight.run({ id, weight });
    if (stored === undefined) setValue(saved);
    else
      notifyUndo(
        `${label}: weight ${weight ?? 'as usual'}`,
        () => void setWeight.run({ id, weight: credential.weight }),
      );
  };
  return (
    <NumberInput
      size="xs"
      w={84}
      aria-label={`Weight of ${credential.label} ${credential.fingerprint}`}
      placeholder={credential.isDefault ? '1' : 'not used'}
      min={0}
      max={highestWeight}
      clampBehavior="strict"
      allowDecimal={false}
      allowNegative={false}
      value={value}
      onChange={setValue}
      onBlur={() => void save()}
      onKeyDown={(event) => (event.key === 'Enter' ? void save() : undefined)}
    />
  );
}

/** What part of the provider's calls a key takes while all keys are well. */
function shareOf(credential: Credential, pool: readonly Credential[]): string {
  const weight = poolWeight(credential);
  if (weight === null) return 'never';
  const total = pool.reduce((sum, each) => sum + (poolWeight(each) ?? 0), 0);
  return weight === 0 || total === 0 ? 'when no other is left' : `${formatShare(weight, total)} of calls`;
}

function columns(all: readonly Credential[], providerName: (id: string) => string): readonly Column<Credential>[] {
  return [
    { id: 'provider', title: 'Provider', cell: (key) => providerName(key.provider) },
    {
      id: 'key',
      title: 'Key',
      cell: (key) => (
        <span className={classes.key}>
          {key.label} <code>{key.fingerprint}</code>
          {key.isDefault ? <Pill tone="neutral">default</Pill> : null}
        </span>
      ),
    },
    { id: 'health', title: 'Now', cell: (key) => <HealthPill credential={key} /> },
    {
      id: 'share',
      title: 'Takes',
      cell: (key) =>
        shareOf(
          key,
          all.filter(({ provider }) => provider === key.provider),
        ),
    },
    { id: 'weight', title: 'Weight', cell: (key) => <WeightField credential={key} /> },
  ];
}

/** The keys of each provider that share its calls: their weights, and how each does. */
export function KeyPools(): ReactNode {
  const credentials = useOperation('credential.list', {});
  const providerName = useProviderName();
  const rows = credentials.data?.toSorted((one, other) =>
    providerName(one.provider).localeCompare(providerName(other.provider)),
  );
  if (credentials.error !== null && rows === undefined) {
    return (
      <Card>
        <ErrorState title="The keys could not be read" error={credentials.error} onRetry={credentials.retry} />
      </Card>
    );
  }
  if (rows?.length === 0) {
    return (
      <Card>
        <EmptyState
          title="No keys yet"
          text="With more than one key of a provider, calls are spread over them by weight, and a key that fails is left alone for a while."
          action={
            <Button renderRoot={(props) => <Link to="/keys" search={{ add: '' }} {...props} />}>Add a key</Button>
          }
        />
      </Card>
    );
  }
  return (
    <Card>
      <PlainTable
        label="Keys and health"
        columns={columns(rows ?? [], providerName)}
        rows={rows ?? []}
        rowKey={({ id }) => id}
      />
      <p className={classes.note}>
        Keys of one provider share its calls by weight: of 3 and 1, every fourth goes to the second; 0 serves when no
        other is left. Without a weight only the default key is used. A key that fails is left alone for a while.
      </p>
    </Card>
  );
}
