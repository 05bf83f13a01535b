import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { KeyValue } from '#renderer/components/key-value.tsx';

const vaults = {
  keychain: 'The keychain of this system',
  passphrase: 'A file behind a passphrase',
  memory: 'Memory only; nothing is kept',
} as const;

/** Where everything lies and which versions run. */
export function AboutCard(): ReactNode {
  const { data: status } = useOperation('status.read', {});
  if (status === undefined) return null;
  return (
    <Card title="This Tollkeeper">
      <KeyValue
        facts={[
          ['Version', status.version],
          ['Keys are in', vaults[status.vault.kind]],
          ['Home folder', <code key="home">{status.home}</code>],
          ['Gateway', <code key="gateway">{status.gateway.url ?? 'not listening'}</code>],
          ['Prices', status.priceVersion],
        ]}
      />
    </Card>
  );
}
