import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { usePlatform } from '#renderer/api/use-platform.ts';
import { Card } from '#renderer/components/card.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { PageTabs } from '#renderer/components/page-tabs.tsx';
import { Segmented } from '#renderer/components/segmented.tsx';
import type { Settings } from '#shared/model/settings.ts';
import { AboutCard } from './about-card.tsx';
import { AwayCard } from './away-card.tsx';
import { ChecksCard } from './checks-card.tsx';
import { DatabaseKeyRow } from './database-key-row.tsx';
import { NetworkCard } from './network-card.tsx';
import { PricesCard } from './prices-card.tsx';
import { PromptsPart } from './prompts-part.tsx';
import { SettingRow, SwitchRow } from './setting-row.tsx';
import classes from './settings.module.css';
import { formatBudget, parseBudget, parseDays, parseDrainMinutes, parseNames, parsePort } from './settings-values.ts';
import { TlsCard } from './tls-card.tsx';
import { TypedSetting } from './typed-setting.tsx';
import { type SettingsState, useSettings } from './use-settings.ts';

const route = getRouteApi('/settings');

interface GroupProps {
  readonly settings: Settings;
  readonly save: SettingsState['save'];
}

const themes = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

function GeneralCard({ settings, save }: GroupProps): ReactNode {
  const platform = usePlatform();
  return (
    <Card title="General">
      <SettingRow name="Theme" help="System follows the desktop.">
        {() => (
          <Segmented label="Theme" value={settings.theme} options={themes} onChange={(theme) => save({ theme })} />
        )}
      </SettingRow>
      {platform?.canStartAtLogin === false ? null : (
        <SwitchRow
          name="Start at login"
          help="Starts in the tray, without a window."
          checked={settings.startAtLogin}
          onChange={(startAtLogin) => save({ startAtLogin })}
        />
      )}
      <SwitchRow
        name="Notifications"
        help="Also shows a notification of the desktop when a tool asks, when a budget runs low, and when something irregular is noticed. The prompt appears either way."
        checked={settings.notifications}
        onChange={(notifications) => save({ notifications })}
      />
    </Card>
  );
}

function GatewayCard({ settings, save }: GroupProps): ReactNode {
  return (
    <Card title="Gateway and records">
      <TypedSetting
        name="Port"
        help="Where tools find the gateway. 0 picks a free one. Takes effect at the next start."
        value={settings.port}
        format={String}
        parse={parsePort}
        onSave={(port) => save({ port })}
      />
      <TypedSetting
        name="Daily budget"
        help="Shown as a bar on the overview. It refuses nothing; a day’s limit on everything does, and then stands there instead."
        value={settings.dailyBudgetMicroUsd}
        placeholder="none"
        format={formatBudget}
        parse={parseBudget}
        onSave={(dailyBudgetMicroUsd) => save({ dailyBudgetMicroUsd })}
      />
      <TypedSetting
        name="Keep records for"
        help="Days after which a request leaves the activity list. Empty keeps them for ever."
        value={settings.ledgerRetentionDays}
        placeholder="ever"
        format={(days) => (days === 0 ? '' : String(days))}
        parse={parseDays}
        onSave={(ledgerRetentionDays) => save({ ledgerRetentionDays })}
      />
      <TypedSetting
        name="Ask when a key’s change waits for"
        help="Minutes that calls may still run with the old key. Then it stops and asks you; it cuts none by itself."
        value={settings.rotationDrainMinutes}
        format={String}
        parse={parseDrainMinutes}
        onSave={(rotationDrainMinutes) => save({ rotationDrainMinutes })}
      />
      <DatabaseKeyRow />
      <TypedSetting
        name="Change the encryption key every"
        help="Days. Empty changes it only when you ask."
        value={settings.databaseKeyDays}
        placeholder="never"
        format={(days) => (days === 0 ? '' : String(days))}
        parse={parseDays}
        onSave={(databaseKeyDays) => save({ databaseKeyDays })}
      />
      <TypedSetting
        name="Tools that may send ?key="
        help="A token in an address can end up in logs, so it is refused unless the tool is named here. Separate names with commas."
        value={settings.queryTokenTools}
        placeholder="none"
        wide
        format={(names) => names.join(', ')}
        parse={parseNames}
        onSave={(queryTokenTools) => save({ queryTokenTools: [...queryTokenTools] })}
      />
    </Card>
  );
}

type Part = 'general' | 'prompts' | 'network' | 'prices' | 'about';

const parts: readonly { readonly value: Part; readonly label: string }[] = [
  { value: 'general', label: 'General' },
  { value: 'prompts', label: 'Prompts' },
  { value: 'network', label: 'Network' },
  { value: 'prices', label: 'Prices' },
  { value: 'about', label: 'About' },
];

function Cards({
  part,
  settings,
  save,
}: GroupProps & { readonly part: Exclude<Part, 'about' | 'prompts'> }): ReactNode {
  switch (part) {
    case 'general':
      return (
        <>
          <GeneralCard settings={settings} save={save} />
          <AwayCard settings={settings} save={save} />
          <GatewayCard settings={settings} save={save} />
        </>
      );
    case 'network':
      return (
        <>
          <NetworkCard settings={settings} save={save} />
          <TlsCard settings={settings} save={save} />
        </>
      );
    case 'prices':
      return <PricesCard settings={settings} save={save} />;
  }
}

/** Settings: each is saved as it is changed. */
export function SettingsPage(): ReactNode {
  const { checks, part: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  const { settings, error, retry, save } = useSettings();
  const part = checks === true ? 'about' : (chosen ?? 'general');
  return (
    <>
      <PageHeader title="Settings" description="Each change is saved at once." />
      <PageTabs<Part>
        label="Parts of Settings"
        value={part}
        tabs={parts}
        onChange={(next) => void navigate({ search: next === 'general' ? {} : { part: next } })}
      >
        <div className={classes.page}>
          {part === 'about' ? (
            <>
              <AboutCard />
              <ChecksCard runsAtOnce={checks === true} />
            </>
          ) : null}
          {part === 'prompts' ? <PromptsPart /> : null}
          {part !== 'about' && part !== 'prompts' && settings !== undefined ? (
            <Cards part={part} settings={settings} save={save} />
          ) : null}
          {part !== 'about' && settings === undefined && error !== null ? (
            <Card>
              <ErrorState title="The settings could not be read" error={error} onRetry={retry} />
            </Card>
          ) : null}
        </div>
      </PageTabs>
    </>
  );
}
