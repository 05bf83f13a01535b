import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { useNow } from '#renderer/components/format/use-now.ts';
import { notifyDone } from '#renderer/components/notify.ts';
import type { Settings } from '#shared/model/settings.ts';
import { OwnPrices } from './own-prices.tsx';
import { PriceDifferences } from './price-differences.tsx';
import { ageOf } from './price-values.ts';
import { SettingRow, SwitchRow } from './setting-row.tsx';
import type { SettingsState } from './use-settings.ts';

const hourMs = 3_600_000;

interface PricesCardProps {
  readonly settings: Settings;
  readonly save: SettingsState['save'];
}

/** What calls are priced with: the list in force and its age, prices of the user's own, and how a second list compares. */
export function PricesCard({ settings, save }: PricesCardProps): ReactNode {
  const prices = useOperation('price.read', {});
  const update = useAct('price.update');
  const now = useNow(hourMs);
  const state = prices.data;
  if (state === undefined) {
    return (
      <Card title="Prices">
        {prices.error === null ? null : (
          <ErrorState title="The prices could not be read" error={prices.error} onRetry={prices.retry} />
        )}
      </Card>
    );
  }
  const fetchNewest = async (): Promise<void> => {
    const answer = await update.run({});
    if (answer === undefined) return;
    notifyDone(answer.changed ? `Prices are from ${answer.version} now` : 'This is the newest price list');
  };
  const age = ageOf(state.version, now);
  return (
    <Card title="Prices">
      <SettingRow
        name={state.version}
        help={`The list in force${age === '' ? '' : `, ${age}`}. A newer one counts for calls from then on.${
          state.shippedVersion === state.version ? ' It came with Tollkeeper.' : ''
        }`}
      >
        {(labels) => (
          <Button
            {...labels}
            size="compact-sm"
            variant="default"
            aria-label="Fetch the newest price list"
            loading={update.isRunning}
            onClick={() => void fetchNewest()}
          >
            Update now
          </Button>
        )}
      </SettingRow>
      <SwitchRow
        name="Update every week"
        help="Fetches the list from the npm registry and checks its checksum. Nothing about you is sent."
        checked={settings.priceUpdates === 'weekly'}
        onChange={(isWeekly) => save({ priceUpdates: isWeekly ? 'weekly' : 'off' })}
      />
      <OwnPrices own={state.own} />
      <PriceDifferences />
    </Card>
  );
}
