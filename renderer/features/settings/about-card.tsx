import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { CopyButton } from '#renderer/components/copy-button.tsx';
import { KeyValue } from '#renderer/components/key-value.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import classes from './settings.module.css';

const vaults = {
  keychain: 'The keychain of this system',
  passphrase: 'A file behind a passphrase',
  memory: 'Memory only; nothing is kept',
} as const;

const vaultStates = {
  ready: { tone: 'teal', text: 'open' },
  locked: { tone: 'amber', text: 'locked' },
  unavailable: { tone: 'red', text: 'not usable' },
} as const;

/** Where everything lies and which versions run. */
export function AboutCard(): ReactNode {
  const { data: status } = useOperation('status.read', {});
  if (status === undefined) return null;
  const vault = vaultStates[status.vault.state];
  return (
    <Card title="This Tollkeeper">
      <KeyValue
        facts={[
          ['Version', status.version],
          [
            'Keys are in',
            <span key="vault" className={classes.fact}>
              {vaults[status.vault.kind]} <Pill tone={vault.tone}>{vault.text}</Pill>
            </span>,
          ],
          [
            'Home folder',
            <span key="home" className={classes.fact}>
              <code>{status.home}</code> <CopyButton text={status.home} label="Copy the home folder" iconOnly />
            </span>,
          ],
          ['Gateway', <code key="gateway">{status.gateway.url ?? 'not listening'}</code>],
          ['Prices', status.priceVersion],
        ]}
      />
    </Card>
  );
}
