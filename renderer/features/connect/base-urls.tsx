import type { ReactNode } from 'react';
import type { ProviderSummary } from '#renderer/api/use-providers.ts';
import { CopyButton } from '#renderer/components/copy-button.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import { baseUrlOf, type ConnectTarget } from './connect-target.ts';

function columns({ gatewayUrl }: ConnectTarget): readonly Column<ProviderSummary>[] {
  return [
    { id: 'provider', title: 'Provider', cell: ({ name }) => name },
    { id: 'url', title: 'Base URL', mono: true, cell: (provider) => baseUrlOf(provider, gatewayUrl) },
    {
      id: 'copy',
      title: 'Copy',
      align: 'end',
      cell: (provider) => (
        <CopyButton text={baseUrlOf(provider, gatewayUrl)} label={`Copy the base URL of ${provider.name}`} iconOnly />
      ),
    },
  ];
}

/** Every provider's base URL on the gateway; those with a key first. */
export function BaseUrls({ target }: { readonly target: ConnectTarget }): ReactNode {
  const first = target.providers.filter(({ id }) => target.withKey.has(id));
  const rest = target.providers.filter(({ id }) => !target.withKey.has(id));
  return <PlainTable label="Base URLs" columns={columns(target)} rows={[...first, ...rest]} rowKey={({ id }) => id} />;
}
