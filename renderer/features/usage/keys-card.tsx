import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { describeKeyAge } from '#renderer/components/format/key-age.ts';
import { describeHealth } from '#renderer/components/format/key-health.ts';
import { useNow } from '#renderer/components/format/use-now.ts';
import { HealthPill } from '#renderer/components/health-pill.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { Credential } from '#shared/model/credential.ts';
import classes from './overview.module.css';

const dayMs = 86_400_000;
const oldDays = 90;
const shownKeys = 5;

const places = { keychain: 'in the keychain', passphrase: 'in the vault', memory: 'in memory' } as const;

function KeyPill({ credential }: { readonly credential: Credential }): ReactNode {
  const now = useNow(1_000);
  const ageDays = Math.floor((now - Date.parse(credential.rotatedAt)) / dayMs);
  if (credential.vaultState === 'absent') return <Pill tone="red">missing</Pill>;
  if (credential.vaultState === 'unavailable') return <Pill tone="amber">keychain locked</Pill>;
  if (credential.verification?.outcome === 'rejected') return <Pill tone="red">refused</Pill>;
  if (describeHealth(credential, now).tone !== 'teal') return <HealthPill credential={credential} />;
  const { next, tone } = describeKeyAge(credential.rotation, now);
  if (tone !== 'neutral') return <Pill tone={tone}>{next}</Pill>;
  if (ageDays >= oldDays) return <Pill tone="amber">{ageDays} days old</Pill>;
  if (ageDays < 1) return <Pill tone="teal">added today</Pill>;
  if (credential.lastUsedAt === null) return <Pill tone="neutral">not used yet</Pill>;
  return (
    <Pill tone="teal">
      used <RelativeTime at={credential.lastUsedAt} />
    </Pill>
  );
}

/** The provider keys at a glance: which ones there are and which need attention. */
export function KeysCard(): ReactNode {
  const credentials = useOperation('credential.list', {}).data;
  const status = useOperation('status.read', {}).data;
  const providerName = useProviderName();
  if (credentials === undefined) return <Card title="Keys">{null}</Card>;
  if (credentials.length === 0) {
    return (
      <Card title="Keys">
        <EmptyState
          compact
          title="No keys yet"
          text="A provider key goes into the keychain; tools never see it."
          action={
            <Button size="xs" renderRoot={(props) => <Link to="/keys" search={{ add: '' }} {...props} />}>
              Add a key
            </Button>
          }
        />
      </Card>
    );
  }
  return (
    <Card title="Keys" aside={`${credentials.length} ${places[status?.vault.kind ?? 'keychain']}`}>
      <ul>
        {credentials.slice(0, shownKeys).map((credential) => (
          <li key={credential.id} className={classes.line}>
            <span className={classes.name}>
              {providerName(credential.provider)} <code title={credential.label}>{credential.fingerprint}</code>
            </span>
            <KeyPill credential={credential} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
